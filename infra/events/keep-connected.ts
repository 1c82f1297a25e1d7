import { once } from 'node:events';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { Logger } from 'pino';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
/** A session that held this long was sound: the next pause is the first one again. */
const SOUND_MS = 10_000;
/** A listener hears nothing of a network that swallows its packets, so it asks. */
const PROBE_EVERY_MS = 10_000;
const CONNECT_LIMIT_MS = 5_000;
const STATEMENT_LIMIT_MS = 30_000;
/** Who waits for a lock holds up all that come after it. */
const LOCK_LIMIT_MS = 1_000;

export interface Session {
  readonly url: string;
  /** Shown in `pg_stat_activity`. */
  readonly name: string;
  readonly log: Logger;
  /** Ends it for good. */
  readonly signal: AbortSignal;
  /** What to do on each new connection; it may go on until `lost` is raised. Its end ends the connection. */
  use(client: Client, lost: AbortSignal): Promise<void>;
}

/** Resolves when `signal` is raised, or at once if it was. */
export async function raised(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

/** Holds one connection of its own to PostgreSQL, made again with growing pauses whenever it is lost. Resolves once `signal` is raised. */
export async function keepConnected(session: Session): Promise<void> {
  const { log, name, signal } = session;
  let pauseMs = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    const began = performance.now();
    try {
      await connectOnce(session);
    } catch (error) {
      if (signal.aborted) return;
      log.warn(
        { err: error, connection: name, pauseMs },
        'session with PostgreSQL ended; another begins',
      );
    }
    if (performance.now() - began > SOUND_MS) pauseMs = FIRST_PAUSE_MS;
    await sleep(pauseMs, undefined, { signal }).catch(() => {});
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}

async function connectOnce(session: Session): Promise<void> {
  const { url, name, signal } = session;
  const socket = new Socket();
  const client = new Client({
    connectionString: url,
    application_name: name,
    connectionTimeoutMillis: CONNECT_LIMIT_MS,
    statement_timeout: STATEMENT_LIMIT_MS,
    lock_timeout: LOCK_LIMIT_MS,
    idle_in_transaction_session_timeout: STATEMENT_LIMIT_MS,
    keepAlive: true,
    stream: () => socket,
  });
  const over = new AbortController();
  const { promise: broken, reject: fail } = Promise.withResolvers<never>();
  broken.catch(() => over.abort());
  client.on('error', fail);
  client.on('end', () => fail(new Error('the server closed the connection')));
  const stop = (): void => over.abort();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await Promise.race([client.connect(), broken, raised(over.signal)]);
    if (over.signal.aborted) return;
    const probe = probing(client, fail);
    await Promise.race([session.use(client, over.signal), broken]).finally(() =>
      clearInterval(probe),
    );
    const farewell = sleep(CONNECT_LIMIT_MS, undefined, { ref: false });
    await Promise.race([client.end(), broken.catch(() => {}), farewell]);
  } finally {
    over.abort();
    signal.removeEventListener('abort', stop);
    socket.destroy(); // after any error a client is not to be trusted, and a dead peer would keep `end` waiting
  }
}

/** Asks now and then whether the server is still there. */
function probing(client: Client, fail: (error: Error) => void): NodeJS.Timeout {
  let unanswered = false;
  return setInterval(() => {
    if (unanswered) return fail(new Error('the server no longer answers'));
    unanswered = true;
    client.query('select 1').then(() => (unanswered = false), fail);
  }, PROBE_EVERY_MS);
}
