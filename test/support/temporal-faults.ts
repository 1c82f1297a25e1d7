import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  connect,
  constants,
  createServer,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { NthCounter } from './nth.ts';

/** A wire to Temporal that understands calls, and loses one, or the answer to it, together with the connection. */
export interface FaultyTemporal {
  readonly address: string;
  /** Counts the calls that change or ask something; polls come as often as time passes. */
  readonly calls: NthCounter;
  close(): Promise<void>;
}

const COUNTED = /\/(Start|Respond|Record|Signal|RequestCancel|Describe)(Workflow|Activity)\w*$/;

/** `isCounted` narrows the calls by their gRPC path. */
export async function openFaultyTemporal(
  address: string,
  isCounted: (path: string) => boolean = (path) => COUNTED.test(path),
): Promise<FaultyTemporal> {
  const calls = new NthCounter();
  const sessions = new Set<ServerHttp2Session>();
  const entry = createServer();
  entry.on('session', (session) => {
    sessions.add(session);
    const upstream = connect(`http://${address}`);
    const end = (): void => {
      sessions.delete(session);
      upstream.destroy();
    };
    session.on('close', end).on('error', () => session.destroy());
    upstream.on('close', () => session.destroy()).on('error', () => session.destroy());
    session.on('stream', (stream, headers) => {
      const fate = isCounted(headers[':path'] ?? '') ? calls.next() : 'pass';
      const lose = (): void => {
        session.destroy();
        calls.strike();
      };
      if (fate === 'before') return lose();
      pass(stream, headers, upstream, fate === 'after' ? lose : null);
    });
  });
  entry.listen(0, '127.0.0.1');
  await once(entry, 'listening');
  return {
    address: `127.0.0.1:${(entry.address() as AddressInfo).port}`,
    calls,
    close: async () => {
      entry.close();
      for (const session of sessions) session.destroy();
      await once(entry, 'close');
    },
  };
}

/** Passes a call on and its answer back, with what gRPC says after the body; `lose` gets the answer instead. */
function pass(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  upstream: ClientHttp2Session,
  lose: (() => void) | null,
): void {
  const request = upstream.request(headers);
  let trailers: IncomingHttpHeaders = {};
  stream.on('error', () => request.close());
  request.on('error', () => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
  stream.on('close', () => request.close(constants.NGHTTP2_CANCEL));
  stream.pipe(request);
  request.on('trailers', (last) => (trailers = last));
  request.on('response', (answer, flags) => {
    if (lose) return lose();
    if (stream.destroyed) return;
    const isOver = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    stream.respond(answer, isOver ? { endStream: true } : { waitForTrailers: true });
    if (isOver) return;
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    request.pipe(stream);
  });
}
