import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTemporal, temporalSources } from '../../infra/stack/find-temporal.ts';
import { freePort } from '../../infra/stack/ports.ts';
import { POSTGRES_STOP, preparePostgres, waitForPostgres } from '../../infra/stack/postgres.ts';
import { devServerArguments } from '../../infra/temporal/dev-server.ts';
import { ensureNamespace } from '../../infra/temporal/namespace.ts';

const START_MS = 60_000;

/** A server of the tests' own, which keeps its place and its data when it is started again. */
export interface OwnServer {
  /** Returns when it answers. */
  start(): Promise<void>;
  /** Sends the signal and waits for the end; without one: the server's own way to end soon. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** A folder that PostgreSQL's own account can enter. */
export async function serverFolder(started: AsyncDisposableStack): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'conclave-test-'));
  await chmod(folder, 0o755);
  started.defer(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

interface PostgresOptions {
  readonly folder: string;
  readonly durable?: boolean;
  /** More settings, each as `name=value`. */
  readonly settings?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts PostgreSQL. Its `url` is a superuser's and ends in `/`: append a database's name. */
export async function startPostgres({
  folder,
  durable = false,
  settings = [],
  env = {},
}: PostgresOptions): Promise<OwnServer & { readonly url: string }> {
  const { program, args, account, url } = await preparePostgres({
    folder,
    port: await freePort(),
    durable,
  });
  const more = settings.flatMap((setting) => ['-c', setting]);
  const server = ownServer({
    spawn: () =>
      spawn(program, [...args, ...more], {
        ...account,
        stdio: 'ignore',
        cwd: '/',
        env: { ...process.env, ...env },
      }),
    ready: () => waitForPostgres(url, AbortSignal.timeout(START_MS)),
    stopSignal: POSTGRES_STOP,
  });
  await server.start();
  return { ...server, url };
}

/** Starts a Temporal dev server with its store in `folder`. */
export async function startTemporal(
  folder: string,
): Promise<OwnServer & { readonly address: string; readonly databaseFile: string }> {
  const program = await findTemporal(temporalSources(process.env, console.log));
  const port = await freePort();
  const databaseFile = join(folder, 'temporal.sqlite');
  const connection = { address: `127.0.0.1:${port}` };
  const args = devServerArguments({ ip: '127.0.0.1', port, uiPort: null, databaseFile });
  const server = ownServer({
    spawn: () => spawn(program, args, { stdio: 'ignore' }),
    ready: () =>
      ensureNamespace({ connection, namespace: 'default' }, AbortSignal.timeout(START_MS)),
    stopSignal: 'SIGTERM',
  });
  await server.start();
  return { ...server, address: connection.address, databaseFile };
}

function ownServer(options: {
  readonly spawn: () => ChildProcess;
  readonly ready: () => Promise<void>;
  readonly stopSignal: NodeJS.Signals;
}): OwnServer {
  let child: ChildProcess | null = null;
  // Whatever becomes of the test, no server outlives it.
  process.once('exit', () => child?.kill('SIGKILL'));
  const stop = async (signal = options.stopSignal): Promise<void> => {
    const last = child;
    child = null;
    if (last === null || last.exitCode !== null || last.signalCode !== null) return;
    last.kill(signal);
    await once(last, 'exit');
  };
  return {
    async start() {
      child = options.spawn();
      try {
        await options.ready();
      } catch (error) {
        await stop('SIGKILL');
        throw error;
      }
    },
    stop,
  };
}
