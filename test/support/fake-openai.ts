/**
 * A local server that speaks the OpenAI Chat Completions protocol: `POST /v1/chat/completions`, streamed and whole.
 * Source: OpenAI's OpenAPI description (github.com/openai/openai-openapi) and API reference as of 2026: chunks of
 * `chat.completion.chunk` with `choices[].delta`, a last chunk with empty `choices` and the usage where
 * `stream_options.include_usage` asks for it, `data: [DONE]`, errors as `{error: {message, type, param, code}}`,
 * `x-request-id` and `retry-after` headers, refusals in `delta.refusal`.
 *
 * `node test/support/fake-openai.ts --port 9123 --log calls.jsonl [--token-delay 20]` runs it by itself; faults are then
 * asked for with `POST /faults` and a JSON list.
 */
import { appendFileSync } from 'node:fs';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import type { ChatBody } from './fake-openai-answers.ts';
import { type FakeFault, type ReplyOptions, reply, sendError } from './fake-openai-replies.ts';

/** A request as it came in. */
interface LoggedCall {
  readonly at: string;
  readonly idempotencyKey: string | null;
  readonly authorization: string | null;
  readonly body: ChatBody;
  /** The fault it met. */
  readonly fault: FakeFault['kind'] | null;
  /** True once the caller has broken off. */
  aborted: boolean;
}

export interface FakeOpenAiOptions extends ReplyOptions {
  /** 0: any free port. */
  readonly port?: number;
  /** Where set, other keys are answered with 401. */
  readonly apiKey?: string;
  readonly onCall?: (call: LoggedCall) => void;
}

export interface FakeOpenAi extends AsyncDisposable {
  /** The address to give as a provider's `apiEndpoint`. */
  readonly url: string;
  /** Every request so far, oldest first. */
  readonly calls: readonly LoggedCall[];
  /** The next requests meet these faults, one each. */
  failNext(...faults: readonly FakeFault[]): void;
}

/** Starts the server on loopback. Dispose of it to stop it and to cut what is open. */
export async function startFakeOpenAi(options: FakeOpenAiOptions = {}): Promise<FakeOpenAi> {
  const calls: LoggedCall[] = [];
  const faults: FakeFault[] = [];
  const server = createServer((req, res) => {
    void handle(req, res, { options, calls, faults }).catch(() => res.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    calls,
    failNext: (...next) => void faults.push(...next),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

interface State {
  readonly options: FakeOpenAiOptions;
  readonly calls: LoggedCall[];
  readonly faults: FakeFault[];
}

async function handle(
  req: IncomingMessage,
  res: ServerResponse,
  { options, calls, faults }: State,
): Promise<void> {
  if (req.method === 'POST' && req.url === '/faults') {
    faults.push(...((await json(req)) as FakeFault[]));
    res.writeHead(204).end();
    return;
  }
  if (req.method !== 'POST' || req.url !== '/v1/chat/completions')
    return sendError(res, 404, { message: `Unknown request URL: ${req.method} ${req.url}.` });
  const body = (await json(req)) as ChatBody;
  const fault = faults.shift() ?? null;
  const call: LoggedCall = {
    at: new Date().toISOString(),
    idempotencyKey: String(req.headers['idempotency-key'] ?? '') || null,
    authorization: req.headers.authorization ?? null,
    body,
    fault: fault?.kind ?? null,
    aborted: false,
  };
  calls.push(call);
  options.onCall?.(call);
  res.once('close', () => {
    call.aborted = !res.writableFinished;
  });
  res.setHeader('x-request-id', `req_${calls.length}`);
  if (options.apiKey !== undefined && call.authorization !== `Bearer ${options.apiKey}`)
    return sendError(res, 401, {
      message: `Incorrect API key provided: ${call.authorization?.slice(7)}.`,
      code: 'invalid_api_key',
    });
  await reply(res, body, fault, options);
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      log: { type: 'string' },
      'token-delay': { type: 'string', default: '0' },
    },
  });
  const { log } = values;
  const fake = await startFakeOpenAi({
    port: Number(values.port),
    tokenDelayMs: Number(values['token-delay']),
    ...(log !== undefined && {
      onCall: (call) => appendFileSync(log, `${JSON.stringify(call)}\n`),
    }),
  });
  process.stdout.write(`${fake.url}\n`);
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => void fake[Symbol.asyncDispose]());
}
