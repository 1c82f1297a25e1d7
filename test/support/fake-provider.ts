import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { FakeProtocol } from './fake-protocol.ts';
import { type FakeFault, type ReplyOptions, reply, sendJson } from './fake-provider-replies.ts';

/** A request as it came in. */
interface LoggedCall<Body> {
  readonly at: string;
  readonly idempotencyKey: string | null;
  readonly authorization: string | null;
  /** The key, wherever the protocol has it. */
  readonly key: string | null;
  readonly body: Body;
  /** The fault it met. */
  readonly fault: FakeFault['kind'] | null;
  /** True once the caller has broken off. */
  aborted: boolean;
}

export interface FakeProviderOptions<Body> extends ReplyOptions<Body> {
  /** 0: any free port. */
  readonly port?: number;
  /** Where set, other keys are answered with 401. */
  readonly apiKey?: string;
  readonly onCall?: (call: LoggedCall<Body>) => void;
}

export interface FakeProvider<Body> extends AsyncDisposable {
  /** The address to give as a provider's `apiEndpoint`. */
  readonly url: string;
  /** Every request so far, oldest first. */
  readonly calls: readonly LoggedCall<Body>[];
  /** The next requests meet these faults, one each. */
  failNext(...faults: readonly FakeFault[]): void;
}

/** Starts a server of the protocol on loopback. Dispose of it to stop it and to cut what is open. */
export async function startFakeProvider<Body>(
  protocol: FakeProtocol<Body>,
  options: FakeProviderOptions<Body> = {},
): Promise<FakeProvider<Body>> {
  const calls: LoggedCall<Body>[] = [];
  const faults: FakeFault[] = [];
  const server = createServer((req, res) => {
    void handle(req, res, { protocol, options, calls, faults }).catch(() => res.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${protocol.base}`,
    calls,
    failNext: (...next) => void faults.push(...next),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

interface State<Body> {
  readonly protocol: FakeProtocol<Body>;
  readonly options: FakeProviderOptions<Body>;
  readonly calls: LoggedCall<Body>[];
  readonly faults: FakeFault[];
}

async function handle<Body>(
  req: IncomingMessage,
  res: ServerResponse,
  { protocol, options, calls, faults }: State<Body>,
): Promise<void> {
  const url = req.url ?? '';
  if (req.method === 'POST' && url === '/faults') {
    faults.push(...((await json(req)) as FakeFault[]));
    res.writeHead(204).end();
    return;
  }
  if (req.method !== 'POST' || !protocol.path.test(url)) {
    const message = `Unknown request URL: ${req.method} ${url}.`;
    return sendJson(res, 404, protocol.error(404, { message }));
  }
  const body = (await json(req)) as Body;
  const fault = faults.shift() ?? null;
  const call: LoggedCall<Body> = {
    at: new Date().toISOString(),
    idempotencyKey: String(req.headers['idempotency-key'] ?? '') || null,
    authorization: req.headers.authorization ?? null,
    key: protocol.keyOf(req.headers),
    body,
    fault: fault?.kind ?? null,
    aborted: false,
  };
  calls.push(call);
  options.onCall?.(call);
  res.once('close', () => {
    call.aborted = !res.writableFinished;
  });
  if (protocol.requestIdHeader !== undefined)
    res.setHeader(protocol.requestIdHeader, `req_${calls.length}`);
  if (options.apiKey !== undefined && call.key !== options.apiKey) {
    const error = {
      message: `Incorrect API key provided: ${call.key}.`,
      code: 'invalid_api_key',
    };
    return sendJson(res, 401, protocol.error(401, error));
  }
  await reply({ protocol, res, body, url, fault, options });
}
