import { parseArgs } from 'node:util';
import { MikroORM } from '@mikro-orm/postgresql';
import { Client } from 'pg';
import { renewFunctions } from './functions.ts';
import { ormConfig } from './orm.config.ts';
import { deriveRoleUrls, ensureRoles } from './roles.ts';

/** Brings the database of `DATABASE_URL` up to date, as `conclave_owner`. Several may do it at once. */
export const migrateUp = (databaseUrl: string): Promise<void> =>
  alone(databaseUrl, async (orm) => {
    await orm.migrator.up();
    await renewFunctions(orm.em);
  });

/** Undoes the last migration, or all of them. Tables that a migration made are dropped with what is in them. */
export const migrateDown = (databaseUrl: string, options: { all?: boolean } = {}): Promise<void> =>
  alone(databaseUrl, async (orm) => {
    await orm.migrator.down(options.all ? { to: 0 } : {});
  });

async function alone(databaseUrl: string, work: (orm: MikroORM) => Promise<void>): Promise<void> {
  const { owner } = deriveRoleUrls(databaseUrl);
  const turn = new Client({ connectionString: owner });
  await turn.connect();
  const orm = await MikroORM.init(ormConfig(owner, { poolSize: 2, timeouts: false }));
  try {
    await turn.query("select pg_advisory_lock(hashtext('conclave/migrations'))");
    await work(orm);
  } finally {
    await orm.close();
    await turn.end();
  }
}

/** `npm run migrate -- [up | down | create --name <name>]`, on `DATABASE_URL`. */
async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { name: { type: 'string' } },
  });
  const databaseUrl = process.env['DATABASE_URL'];
  if (!databaseUrl) throw new Error('set DATABASE_URL to the database to migrate');
  const [command = 'up'] = positionals;
  if (command === 'up') {
    await ensureRoles(databaseUrl);
    await migrateUp(databaseUrl);
    console.log('the schema is up to date');
  } else if (command === 'down') {
    await migrateDown(databaseUrl);
    console.log('the last migration is undone');
  } else if (command === 'create') {
    await alone(databaseUrl, async (orm) => {
      await orm.migrator.create(undefined, false, false, values.name);
    });
  } else {
    throw new Error(`unknown command ${command}: use up, down or create`);
  }
}

if (import.meta.main) await main();
