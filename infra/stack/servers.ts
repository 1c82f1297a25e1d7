import { dirname } from 'node:path';
import { temporalFrom } from '../config/config.ts';
import { devServerArguments } from '../temporal/dev-server.ts';
import { ensureNamespace, waitForTemporal } from '../temporal/namespace.ts';
import { findTemporal, temporalSources } from './find-temporal.ts';
import { samePort } from './ports.ts';
import { POSTGRES_STOP, preparePostgres, waitForPostgres } from './postgres.ts';
import type { StateFolder } from './state-folder.ts';
import { type Say, step } from './steps.ts';
import type { Supervisor } from './supervisor.ts';

/** What starting a server needs. */
export interface Starting {
  readonly env: NodeJS.ProcessEnv;
  readonly state: StateFolder;
  readonly supervisor: Supervisor;
  readonly say: Say;
}

const DATABASE = 'conclave';
const LOOPBACK = '127.0.0.1';
const NAMESPACE_MS = 60_000;

/** PostgreSQL: what `DATABASE_URL` names, else one of our own. Returns the address of a role that may make others. */
export async function bringUpPostgres({ env, state, supervisor, say }: Starting): Promise<{
  readonly adminUrl: string;
  readonly folder: string | null;
}> {
  const given = env['DATABASE_URL'];
  if (given) return { adminUrl: given, folder: null };
  return step(say, 'PostgreSQL', async () => {
    const folder = state.folder('postgres');
    const server = await preparePostgres({ folder, port: await samePort(state, 'postgres') });
    await supervisor.start([
      {
        ...server,
        name: 'postgres',
        env,
        ready: (signal) => waitForPostgres(server.url, signal),
        stopSignal: POSTGRES_STOP,
        logFile: state.logFile('postgres'),
        mark: server.dataFolder,
      },
    ]);
    return { adminUrl: `${server.url}${DATABASE}`, folder: dirname(server.dataFolder) };
  });
}

/** Temporal: what `TEMPORAL_ADDRESS` names, else a dev server of our own; with namespace and search attributes. */
export async function bringUpTemporal(starting: Starting): Promise<{
  readonly address: string;
  readonly namespace: string;
  readonly uiUrl: string | null;
}> {
  const { env, say } = starting;
  const given = Boolean(env['TEMPORAL_ADDRESS']);
  const own = given ? undefined : await step(say, 'Temporal', () => startDevServer(starting));
  const { connection, namespace } = temporalFrom({
    ...env,
    ...(own && { TEMPORAL_ADDRESS: own.address }),
  });
  await step(say, `Temporal namespace ${namespace}`, () =>
    ensureNamespace({ connection, namespace }, AbortSignal.timeout(NAMESPACE_MS)),
  );
  const uiUrl = own?.uiUrl ?? (env['CONCLAVE_TEMPORAL_UI_URL'] || null);
  return { address: connection.address, namespace, uiUrl };
}

async function startDevServer({ env, state, supervisor, say }: Starting) {
  const program = await findTemporal(temporalSources(env, say));
  const port = await samePort(state, 'temporal');
  const uiPort = await samePort(state, 'temporal-ui');
  const databaseFile = `${state.folder('temporal')}/temporal.sqlite`;
  const address = `${LOOPBACK}:${port}`;
  await supervisor.start([
    {
      name: 'temporal',
      program,
      args: devServerArguments({ ip: LOOPBACK, port, uiPort, databaseFile }),
      env,
      ready: (signal) => waitForTemporal({ address }, signal),
      logFile: state.logFile('temporal'),
      mark: databaseFile,
    },
  ]);
  return { address, uiUrl: `http://${LOOPBACK}:${uiPort}` };
}
