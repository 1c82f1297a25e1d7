import { Migrator } from '@mikro-orm/migrations';
import { defineConfig } from '@mikro-orm/postgresql';
import { ENTITIES } from './entities.ts';
import { impatientSocket } from './impatient-socket.ts';
import { takeBackLostConnections } from './lost-connections.ts';
import { PostgresNaming } from './naming.ts';

const SCHEMA = 'conclave';

/** What PostgreSQL ends by itself, so that no request, lock or forgotten transaction holds others up for long. */
const TIMEOUTS = {
  statement_timeout: '30s',
  lock_timeout: '10s',
  idle_in_transaction_session_timeout: '60s',
};

/** What every connection of ours is told at its start. Without time limits: for migrations, which may take as long as they need. */
export const sessionOptions = ({ timeouts }: { readonly timeouts: boolean }): string =>
  Object.entries({ search_path: SCHEMA, ...(timeouts && TIMEOUTS) })
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');

export interface OrmOptions {
  /** Connections that the process may hold at once. */
  readonly poolSize?: number;
  /** Time limits on statements, locks and idle transactions. */
  readonly timeouts?: boolean;
}

/** The mapping of the product's tables, wherever the database is. */
export function ormConfig(databaseUrl: string, options: OrmOptions = {}) {
  const { poolSize = 10, timeouts = true } = options;
  return defineConfig({
    clientUrl: databaseUrl,
    driverOptions: {
      // The mapper reads host, user and database alone from the address; the driver reads all of it, such as `sslmode`.
      connectionString: databaseUrl,
      application_name: 'conclave',
      options: sessionOptions({ timeouts }),
      ...(timeouts && { stream: impatientSocket }),
      onPoolCreated: takeBackLostConnections,
    },
    schema: SCHEMA,
    entities: ENTITIES,
    namingStrategy: PostgresNaming,
    pool: { min: 0, max: poolSize },
    extensions: [Migrator],
    migrations: {
      path: `${import.meta.dirname}/migrations`,
      emit: 'ts',
      // Without a name of its own the snapshot is named after the database, and each database starts anew.
      snapshotName: 'snapshot',
      // Only `create` may write the snapshot; applying migrations must leave the sources alone.
      snapshotOnMigrate: false,
      silent: true,
    },
  });
}
