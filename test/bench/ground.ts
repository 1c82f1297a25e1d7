import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MikroORM } from '@mikro-orm/postgresql';
import type { Client } from '@temporalio/client';
import { Pool } from 'pg';
import { ormConfig } from '../../infra/db/orm.config.ts';
import { bringUp } from '../../infra/stack/bring-up.ts';
import { freePort } from '../../infra/stack/ports.ts';
import { StateFolder, type StackFile } from '../../infra/stack/state-folder.ts';
import { type Supervisor, makeSupervisor } from '../../infra/stack/supervisor.ts';
import type { Role } from '../../infra/stack/role.ts';
import { temporalClient } from '../../infra/temporal/connect.ts';
import { ensureNamespace } from '../../infra/temporal/namespace.ts';
import { WORKFLOW_SOURCES } from '../../infra/temporal/workflow-bundle.ts';
import { type HttpClient, makeHttpClient } from '../support/http-client.ts';
import { bundle } from './bundle.ts';
import {
  type Contestant,
  type EngineContestant,
  bareContestant,
  engineContestant,
} from './contestants.ts';

/** Where the contest takes place: the product as `npm start` brings it up, and bare workers beside it. */
export interface Ground {
  readonly engine: EngineContestant;
  readonly bare: Contestant;
  readonly bareOneProcess: Contestant;
  /** The product's API, as its administrator. */
  readonly http: HttpClient;
  /** The product's namespace. */
  readonly temporal: Client;
  /** Of the bare workflows whose activities have a process of their own. */
  readonly bareTemporal: Client;
  /** As the owner of the tables. */
  readonly admin: Pool;
  /** Of the application's role, for LISTEN. */
  readonly databaseUrl: string;
  /** Process ids of the roles named. */
  pidsOf(roles: readonly string[]): readonly number[];
  readonly temporalAddress: string;
  /** Paths of the bundled workflows. */
  readonly bundles: { readonly engine: string; readonly bare: string };
  close(): Promise<void>;
}

const NAMESPACE_MS = 20_000;

/**
 * Lets `work` happen on a ground of its own and clears it away afterwards, also when Ctrl-C ends the work early: the
 * processes of the ground are kept by nobody else.
 */
export async function onGround(
  options: { readonly workers?: number },
  work: (ground: Ground) => Promise<void>,
): Promise<void> {
  const stopAsked = new Promise<void>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => resolve());
  });
  const ground = await openGround(console.log, options);
  try {
    await Promise.race([work(ground), stopAsked]);
  } finally {
    await ground.close();
  }
  process.exit();
}

/** Brings up everything in a folder of its own: PostgreSQL with fsync, Temporal's dev server on a file, all roles. */
async function openGround(
  say: (line: string) => void,
  { workers = 1 }: { readonly workers?: number },
): Promise<Ground> {
  const closing = new AsyncDisposableStack();
  try {
    const folder = await mkdtemp(join(tmpdir(), 'conclave-bench-'));
    closing.defer(() => rm(folder, { recursive: true, force: true }));
    await chmod(folder, 0o755); // so that PostgreSQL's own account can enter it
    const { workflowsPath: _, ...asProduct } = WORKFLOW_SOURCES;
    const bundles = {
      engine: await bundle(folder, 'engine-workflows', asProduct),
      bare: await bundle(folder, 'bare-workflows', {}),
    };
    const state = new StateFolder(folder);
    const supervisor = makeSupervisor(() => {});
    closing.defer(() => supervisor.stop());
    const env = {
      ...process.env,
      CONCLAVE_WORKFLOW_BUNDLE: bundles.engine,
      CONCLAVE_LOG_LEVEL: 'warn',
    };
    const wanted = { host: '127.0.0.1', port: await freePort(), workers };
    const stack = await bringUp({ env, state, supervisor, say }, wanted);

    const admin = new Pool({ connectionString: stack.adminDatabaseUrl, max: 2 });
    closing.defer(() => admin.end());
    await admin.query(BARE_TABLE);
    const orm = await MikroORM.init(ormConfig(stack.databaseUrl));
    closing.defer(() => orm.close());
    const temporalOf = (namespace: string) => {
      const client = temporalClient({
        connection: { address: stack.temporalAddress },
        namespace,
        uiUrl: null,
      });
      closing.defer(() => client.connection.close());
      return client;
    };
    const bareEnv = { ...env, CONCLAVE_WORKFLOW_BUNDLE: bundles.bare };
    await startBareWorkers(stack, bareEnv, state, (roles) => supervisor.start(roles));
    const temporal = temporalOf('default');
    const bareTemporal = temporalOf('bare');
    return {
      engine: await engineContestant({ orm, admin, temporal }),
      temporal,
      bareTemporal,
      admin,
      bare: bareContestant({ admin, temporal: bareTemporal, oneProcess: false }),
      bareOneProcess: bareContestant({ admin, temporal: temporalOf('bare-one'), oneProcess: true }),
      http: makeHttpClient(stack.apiUrl, state.readApiKey() ?? ''),
      databaseUrl: stack.databaseUrl,
      pidsOf: (roles) => roles.map((role) => pidOf(supervisor, role)),
      temporalAddress: stack.temporalAddress,
      bundles,
      close: () => closing.disposeAsync(),
    };
  } catch (error) {
    await closing.disposeAsync();
    throw error;
  }
}

function pidOf(supervisor: Supervisor, name: string): number {
  const running = supervisor.running().find(({ role }) => role === name);
  if (!running || running.pid === null) throw new Error(`${name} does not run`);
  return running.pid;
}

/** What a turn leaves behind, at its barest. */
const BARE_TABLE = `
  create table conclave.bare_turn (
    id uuid primary key, run uuid not null, sequence int not null, content jsonb not null,
    created_at timestamptz(3) not null default now(), unique (run, sequence));
  grant insert on conclave.bare_turn to conclave_app`;

async function startBareWorkers(
  { temporalAddress, databaseUrl }: Omit<StackFile, 'roles'>,
  env: NodeJS.ProcessEnv,
  state: StateFolder,
  start: (roles: readonly Role[]) => Promise<void>,
): Promise<void> {
  const connection = { address: temporalAddress };
  for (const namespace of ['bare', 'bare-one'])
    await ensureNamespace({ connection, namespace }, AbortSignal.timeout(NAMESPACE_MS));
  const entry = fileURLToPath(import.meta.resolve('./bare-worker.ts'));
  const role = (part: string, namespace: string): Role => ({
    name: `bare-${part}`,
    program: process.execPath,
    args: [entry, part],
    env: {
      ...env,
      CONCLAVE_APP_DATABASE_URL: databaseUrl,
      CONCLAVE_SYSTEM_DATABASE_URL: databaseUrl,
      CONCLAVE_HOME: state.path,
      TEMPORAL_ADDRESS: temporalAddress,
      TEMPORAL_NAMESPACE: namespace,
    },
    ready: 'message',
    logFile: state.logFile(`bare-${part}`),
    mark: entry,
  });
  await start([role('orchestration', 'bare'), role('inference', 'bare'), role('both', 'bare-one')]);
}
