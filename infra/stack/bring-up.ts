import { loadConfig } from '../config/config.ts';
import { bootstrap } from '../db/bootstrap.ts';
import { migrateUp } from '../db/migrate.ts';
import { deriveRoleUrls, ensureRoles } from '../db/roles.ts';
import { ensureWorkflowBundle } from '../temporal/workflow-bundle.ts';
import { waitForApi } from './api-client.ts';
import { stopLeftOver } from './processes.ts';
import { ownRoles } from './own-roles.ts';
import { type Starting, bringUpPostgres, bringUpTemporal } from './servers.ts';
import type { StackFile, StateFolder } from './state-folder.ts';
import { step } from './steps.ts';

const READY_MS = 60_000;

/** Where the API is to listen, and how many workers of each kind are wanted. */
export interface Wanted {
  readonly host: string;
  readonly port: number;
  readonly workers: number;
}

/** Starts everything in order; returns, without the roles, what `stack.json` says, when the API answers that it is ready. */
export async function bringUp(
  starting: Starting,
  { host, port, workers }: Wanted,
): Promise<Omit<StackFile, 'roles'>> {
  const { env, state, supervisor, say } = starting;
  state.ensureEncryptionKeys();
  const bundling = step(say, 'workflows', () => ensureWorkflowBundle(state.folder('cache')));
  const servers = both(bringUpPostgres(starting), bringUpTemporal(starting));
  const [bundle, [postgres, temporal]] = await both(bundling, servers);

  const derived = deriveRoleUrls(postgres.adminUrl);
  const urls = {
    ...derived,
    app: env['CONCLAVE_APP_DATABASE_URL'] ?? derived.app,
    system: env['CONCLAVE_SYSTEM_DATABASE_URL'] ?? derived.system,
  };
  await prepareDatabase(starting, postgres.adminUrl, urls);
  const { DATABASE_URL: _kept, ...inherited } = env; // no role of ours needs the right to make others
  const roleEnv: NodeJS.ProcessEnv = {
    CONCLAVE_WORKFLOW_BUNDLE: bundle,
    ...inherited,
    CONCLAVE_APP_DATABASE_URL: urls.app,
    CONCLAVE_SYSTEM_DATABASE_URL: urls.system,
    CONCLAVE_HOME: state.path,
    HOST: host,
    PORT: `${port}`,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    ...(temporal.uiUrl && { CONCLAVE_TEMPORAL_UI_URL: temporal.uiUrl }),
  };
  const { database } = loadConfig(roleEnv);
  const apiUrl = urlOf(host, port);
  const { behind, api } = ownRoles(state, roleEnv, workers);
  await step(say, 'workers and API', async () => {
    await both(supervisor.start(behind), supervisor.start([api]));
    await waitForApi(apiUrl, AbortSignal.timeout(READY_MS));
  });
  return {
    apiUrl,
    consoleUrl: null,
    temporalUiUrl: temporal.uiUrl,
    temporalAddress: temporal.address,
    databaseUrl: database.appUrl,
    adminDatabaseUrl: urls.owner,
    apiKeyFile: state.in('api-key'),
    postgresFolder: postgres.folder,
  };
}

/** Ends what a supervisor that was killed has left running. */
export async function stopLeftOvers(state: StateFolder): Promise<void> {
  const roles = state.readStack()?.roles ?? [];
  // PostgreSQL is stopped where it is started: it keeps its own record of who runs it.
  for (const { role, pid, mark } of roles.toReversed())
    if (role !== 'postgres' && pid !== null) await stopLeftOver(pid, mark);
}

async function prepareDatabase(
  { state, say }: Starting,
  adminUrl: string,
  urls: ReturnType<typeof deriveRoleUrls>,
): Promise<void> {
  await step(say, 'database schema', async () => {
    await ensureRoles(adminUrl, urls);
    await migrateUp(adminUrl);
  });
  await step(say, 'administrator', async () => {
    const { apiKey } = await bootstrap(adminUrl, { newKey: state.readApiKey() === undefined });
    if (apiKey !== null) state.writeApiKey(apiKey);
  });
}

/** Waits for both even when one fails, so that nothing is still being started while the rest is stopped. */
async function both<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([first, second]);
  return Promise.all([first, second]);
}

function urlOf(host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
