import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FakeRequest, answerFor, argumentsFor } from './fake-openai-answers.ts';
import type { FakeFinish, FakeProtocol, FakeUsage, Wire } from './fake-protocol.ts';

/** A fault that one request meets. */
export type FakeFault =
  | { readonly kind: 'rate_limited'; readonly retryAfter?: string }
  /** Any other status, with the protocol's error object. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly message?: string;
      readonly code?: string;
      readonly param?: string;
    }
  /** A status with a body as it is. */
  | { readonly kind: 'body'; readonly status: number; readonly body: unknown }
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

/** How a fake answers. */
export interface ReplyOptions<Body> {
  readonly tokenDelayMs?: number;
  /** Takes the place of the worked-out answer; may keep the caller waiting. */
  readonly answer?: (body: Body) => string | Promise<string>;
  /** Calls the first tool that is offered, in place of an answer. */
  readonly callsTool?: boolean;
  /** False: never says what was used. */
  readonly reportsUsage?: boolean;
  /** Tokens of reasoning that come on top of the answer's. */
  readonly reasoningTokens?: number;
}

/** One request on its way to an answer. */
export interface Exchange<Body> {
  readonly protocol: FakeProtocol<Body>;
  readonly res: ServerResponse;
  readonly body: Body;
  readonly url: string;
  readonly fault: FakeFault | null;
  readonly options: ReplyOptions<Body>;
}

/** Answers one request, with the fault that it meets. */
export async function reply<Body>(exchange: Exchange<Body>): Promise<void> {
  const { protocol, res, body, fault } = exchange;
  const problem = protocol.problem?.(body) ?? null;
  if (problem !== null) return sendJson(res, 400, protocol.error(400, problem));
  switch (fault?.kind) {
    case 'hang':
      return;
    case 'rate_limited': {
      if (fault.retryAfter !== undefined) res.setHeader('retry-after', fault.retryAfter);
      const error = { message: 'Rate limit reached for requests', code: 'rate_limit_exceeded' };
      return sendJson(res, 429, protocol.error(429, { ...error, type: 'requests' }));
    }
    case 'status': {
      const error = { message: 'The request failed.', ...fault };
      return sendJson(res, fault.status, protocol.error(fault.status, error));
    }
    case 'body':
      return sendJson(res, fault.status, fault.body);
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
      return answer(exchange);
  }
}

export function sendJson(res: ServerResponse, status: number, body: unknown): void {
  res.writeHead(status, { 'content-type': 'application/json' });
  res.end(JSON.stringify(body));
}

async function answer<Body>(exchange: Exchange<Body>): Promise<void> {
  const { protocol, res, body, url, options } = exchange;
  const request = protocol.read(body, url);
  // Tokens of up to four characters, as many as are allowed.
  const text = (await options.answer?.(body)) ?? answerFor(request);
  const all = text.match(/[^]{1,4}/g) ?? [];
  const tokens = all.slice(0, request.maxTokens);
  const finish = tokens.length < all.length ? 'length' : 'stop';
  const usage = usageOf(request, tokens.length, options.reasoningTokens ?? 0);
  const reported = options.reportsUsage === false || !request.wantsUsage ? null : usage;
  if (request.isStreamed) {
    const wire = protocol.wire(request, usage);
    return stream(exchange, { request, wire, tokens, finish, usage: reported });
  }
  const whole = protocol.whole?.(request, tokens.join(''), finish, reported);
  if (whole !== undefined) return sendJson(res, 200, whole);
  sendJson(res, 400, protocol.error(400, { message: 'Only streamed answers are given here.' }));
}

function usageOf({ asked }: FakeRequest, tokens: number, reasoning: number): FakeUsage {
  const input = Math.ceil(JSON.stringify(asked).length / 4);
  return { input, cached: Math.floor(input / 2), output: tokens + reasoning, reasoning };
}

interface Streamed {
  readonly request: FakeRequest;
  readonly wire: Wire;
  readonly tokens: readonly string[];
  readonly finish: FakeFinish;
  readonly usage: FakeUsage | null;
}

async function stream<Body>(
  { protocol, res, fault, options }: Exchange<Body>,
  { request, wire, tokens, finish, usage }: Streamed,
): Promise<void> {
  if (fault?.kind === 'cut' && fault.afterChunks === 0) return void res.destroy();
  res.writeHead(200, { 'content-type': protocol.contentType });
  const say = (piece: string): void => void (piece !== '' && res.write(piece));
  const refuses = fault?.kind === 'refusal';
  say(wire.opening());
  if (options.callsTool && request.tool) {
    say(wire.toolCall(request.tool.name, argumentsFor(request)));
    return void res.end(wire.ending('tool_calls', usage));
  }
  const token = refuses ? (wire.refusal ?? (() => '')) : wire.token;
  for (const [i, text] of tokens.entries()) {
    if (res.destroyed) return;
    if (fault?.kind === 'cut' && fault.afterChunks <= i + 1) return void res.destroy();
    if (fault?.kind === 'malformed' && i === 1) return void res.end(malformed(protocol));
    if (fault?.kind === 'error_in_stream' && i === 1)
      return void res.end(wire.error(fault.message));
    say(token(text));
    if (options.tokenDelayMs) await sleep(options.tokenDelayMs);
  }
  if (fault?.kind === 'unfinished') return void res.end(wire.cutShort ?? '');
  const isFiltered = refuses || fault?.kind === 'content_filter';
  res.end(wire.ending(isFiltered ? fault.kind : finish, usage));
}

const malformed = ({ contentType }: { readonly contentType: string }): string =>
  contentType === 'text/event-stream' ? 'data: {"choices": [{]}\n\n' : '{"message": [{]}\n';
