import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { migrateUp } from '../../infra/db/migrate.ts';
import { deriveRoleUrls, ensureRoles } from '../../infra/db/roles.ts';
import { administer } from '../support/databases.ts';
import type { TestDatabase } from '../support/fixtures.ts';
import { serverFolder, startPostgres, startTemporal } from '../support/servers.ts';
import { type Engine, startEngine } from './engine.ts';
import { type Judge, seatJudge } from './judge.ts';
import { type SlowDebate, slowDebate } from './slow-debate.ts';

type EngineOptions = Pick<Parameters<typeof startEngine>[0], 'envOf'>;

/** An engine whose servers a test may ill-treat, and a debate that it has held once undisturbed. */
export interface OwnEngine {
  readonly engine: Engine;
  readonly database: TestDatabase;
  readonly postgres: Awaited<ReturnType<typeof startPostgres>>;
  readonly temporal: Awaited<ReturnType<typeof startTemporal>>;
  readonly debate: SlowDebate;
  readonly judge: Judge;
}

/** Starts servers and roles, for as long as the test lasts. */
export async function startOwnEngine(
  options: EngineOptions & {
    readonly postgres?: Omit<Parameters<typeof startPostgres>[0], 'folder'>;
    /** Where PostgreSQL's data lie. */
    readonly postgresFolder?: string;
  } = {},
): Promise<OwnEngine> {
  const started = new AsyncDisposableStack();
  onTestFinished(() => started.disposeAsync());
  const folder = await serverFolder(started);
  const postgres = await startPostgres({
    folder: options.postgresFolder ?? join(folder, 'postgres'),
    durable: true,
    ...options.postgres,
  });
  started.defer(() => postgres.stop());
  const temporal = await startTemporal(folder);
  started.defer(() => temporal.stop());
  const database = await makeDatabase(postgres.url);
  const { engine, stop } = await startEngine({ ...options, database, temporal });
  started.defer(stop);
  const debate = await slowDebate(engine, 'own', { tokenMs: 10, seats: 3, rounds: 4 });
  const judge = await seatJudge({ engine, debate, databaseUrl: database.adminUrl });
  return { engine, database, postgres, temporal, debate, judge };
}

async function makeDatabase(server: string): Promise<TestDatabase> {
  const name = `own_${randomUUID().slice(0, 8)}`;
  await ensureRoles(server + name);
  await migrateUp(server + name);
  const { owner, app, system } = deriveRoleUrls(server + name);
  await administer(server, `alter database ${name} owner to conclave_owner`);
  return { adminUrl: server + name, ownerUrl: owner, appUrl: app, systemUrl: system };
}
