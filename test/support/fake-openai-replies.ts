import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ChatBody, answerTo, strictProblem } from './fake-openai-answers.ts';

/** A fault that one request meets. */
export type FakeFault =
  | { readonly kind: 'rate_limited'; readonly retryAfter?: string }
  /** Any other status, with the protocol's error object. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly message?: string;
      readonly code?: string;
    }
  /** Never answers. */
  | { readonly kind: 'hang' }
  /** Cuts the connection after so many chunks; 0: before the answer's head. */
  | { readonly kind: 'cut'; readonly afterChunks: number }
  /** Ends the stream properly, but without a finish reason. */
  | { readonly kind: 'unfinished' }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'refusal' }
  | { readonly kind: 'content_filter' }
  /** An error object in the middle of the stream. */
  | { readonly kind: 'error_in_stream'; readonly message: string }
  /** A 200 with a web page. */
  | { readonly kind: 'html' }
  | { readonly kind: 'redirect'; readonly to: string };

/** How the fake answers. */
export interface ReplyOptions {
  readonly tokenDelayMs?: number;
  /** Takes the place of the worked-out answer. */
  readonly answer?: (body: ChatBody) => string;
  /** False: never says what was used. */
  readonly reportsUsage?: boolean;
}

/** Answers one request, with the fault that it meets. */
export async function reply(
  res: ServerResponse,
  body: ChatBody,
  fault: FakeFault | null,
  options: ReplyOptions,
): Promise<void> {
  const format = body.response_format?.json_schema;
  const problem = format?.strict === true ? strictProblem(format.schema) : null;
  if (problem !== null)
    return sendError(res, 400, {
      message: `Invalid schema for response_format '${format?.name}': ${problem}`,
      param: 'response_format',
    });
  switch (fault?.kind) {
    case 'hang':
      return;
    case 'rate_limited':
      if (fault.retryAfter !== undefined) res.setHeader('retry-after', fault.retryAfter);
      return sendError(res, 429, {
        message: 'Rate limit reached for requests',
        type: 'requests',
        code: 'rate_limit_exceeded',
      });
    case 'status':
      return sendError(res, fault.status, { message: 'The request failed.', ...fault });
    case 'html':
      res.writeHead(200, { 'content-type': 'text/html' }).end('<h1>It works!</h1>');
      return;
    case 'redirect':
      res.writeHead(307, { location: fault.to }).end();
      return;
    case 'cut':
    case 'unfinished':
    case 'malformed':
    case 'refusal':
    case 'content_filter':
    case 'error_in_stream':
    case undefined:
      return body.stream === true
        ? await stream(res, body, fault, options)
        : sendWhole(res, body, options);
  }
}

/** An error as the protocol has it. */
export function sendError(
  res: ServerResponse,
  status: number,
  error: { message: string; type?: string; param?: string; code?: string },
): void {
  const { message, type = 'invalid_request_error', param = null, code = null } = error;
  res.writeHead(status, { 'content-type': 'application/json' });
  res.end(JSON.stringify({ error: { message, type, param, code } }));
}

/** The answer within `max_tokens`, in tokens of up to four characters. */
function tokensOf(body: ChatBody, options: ReplyOptions) {
  const all = (options.answer ?? answerTo)(body).match(/[^]{1,4}/g) ?? [];
  const tokens = all.slice(0, body.max_tokens);
  return { tokens, finishReason: tokens.length < all.length ? 'length' : 'stop' };
}

function usageOf(body: ChatBody, completion: number) {
  const prompt = Math.ceil(JSON.stringify(body.messages).length / 4);
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: Math.floor(prompt / 2) },
    completion_tokens_details: { reasoning_tokens: 0 },
  };
}

function sendWhole(res: ServerResponse, body: ChatBody, options: ReplyOptions): void {
  const { tokens, finishReason } = tokensOf(body, options);
  const message = { role: 'assistant', content: tokens.join(''), refusal: null };
  res.writeHead(200, { 'content-type': 'application/json' });
  res.end(
    JSON.stringify({
      ...envelope(body, 'chat.completion'),
      choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason }],
      ...(options.reportsUsage !== false && { usage: usageOf(body, tokens.length) }),
    }),
  );
}

const envelope = (body: ChatBody, object: string) => ({
  id: 'chatcmpl-fake',
  object,
  created: Math.floor(Date.now() / 1_000),
  model: body.model,
});

async function stream(
  res: ServerResponse,
  body: ChatBody,
  fault: FakeFault | null,
  options: ReplyOptions,
): Promise<void> {
  if (fault?.kind === 'cut' && fault.afterChunks === 0) return void res.destroy();
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  const say = (data: unknown): void => void res.write(`data: ${JSON.stringify(data)}\n\n`);
  const chunk = (delta: object, finish: string | null = null): void =>
    say({
      ...envelope(body, 'chat.completion.chunk'),
      choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
    });
  const { tokens, finishReason } = tokensOf(body, options);
  const isRefusal = fault?.kind === 'refusal';
  chunk({ role: 'assistant', content: isRefusal ? null : '', refusal: null });
  for (const [i, content] of tokens.entries()) {
    if (res.destroyed) return;
    if (fault?.kind === 'cut' && fault.afterChunks <= i + 1) return void res.destroy();
    if (fault?.kind === 'malformed' && i === 1) return void res.end('data: {"choices": [{]}\n\n');
    if (fault?.kind === 'error_in_stream' && i === 1) {
      say({ error: { message: fault.message, type: 'server_error', param: null, code: null } });
      return void res.end();
    }
    chunk(isRefusal ? { refusal: content } : { content });
    if (options.tokenDelayMs) await sleep(options.tokenDelayMs);
  }
  if (fault?.kind === 'unfinished') return void res.end('data: [DONE]\n\n');
  chunk({}, fault?.kind === 'content_filter' ? 'content_filter' : finishReason);
  if (body.stream_options?.include_usage === true && options.reportsUsage !== false)
    say({
      ...envelope(body, 'chat.completion.chunk'),
      choices: [],
      usage: usageOf(body, tokens.length),
    });
  res.end('data: [DONE]\n\n');
}
