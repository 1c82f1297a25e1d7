import { MikroORM } from '@mikro-orm/postgresql';
import { expect } from 'vitest';
import { ormConfig } from '../../../infra/db/orm.config.ts';
import { migrateDown, migrateUp } from '../../../infra/db/migrate.ts';
import { test } from './two-owners.ts';

/** What the mapper does not declare, and would drop: see docs/adr/0006-hand-written-sql.md. */
const UNDECLARED = /_fkey"|policy|row level security|drop trigger|drop function/;

test('executions that were there before are their own origin, and nothing of them is lost', async ({
  database,
  admin,
  world,
}) => {
  const executions = 'select to_jsonb(e) as row from execution e order by id';
  const { rows: before } = await admin.query<{ row: { id: string; owner_id: string } }>(executions);
  expect(before.map(({ row }) => row.owner_id)).toContain(world.one);

  await migrateDown(database.adminUrl);
  await migrateUp(database.adminUrl);

  const { rows: after } = await admin.query(executions);
  expect(after).toEqual(before.map(({ row }) => ({ row: { ...row, origin_id: row.id } })));
});

test('the migrations build what the entities say, and can be undone and done again', async ({
  database,
  admin,
}) => {
  const owner = await MikroORM.init(ormConfig(database.ownerUrl));
  expect(await owner.migrator.checkSchema()).toBe(false); // nothing left to migrate

  await migrateDown(database.adminUrl, { all: true });
  expect(await owner.migrator.getExecuted()).toEqual([]);
  expect(await leftOvers()).toEqual(['mikro_orm_migrations', 'mikro_orm_migrations_id_seq']);

  await Promise.all([migrateUp(database.adminUrl), migrateUp(database.adminUrl)]);
  expect(await owner.migrator.checkSchema()).toBe(false);
  expect(await owner.migrator.getPending()).toEqual([]);
  await owner.close();

  async function leftOvers(): Promise<string[]> {
    const { rows } = await admin.query<{ name: string }>(
      `select relname as name from pg_class where relnamespace = 'conclave'::regnamespace and relkind <> 'i'
       union all select proname from pg_proc where pronamespace = 'conclave'::regnamespace order by 1`,
    );
    return rows.map(({ name }) => name);
  }
});

test('columns, indexes, keys and checks of the database are those of the entities', async ({
  database,
}) => {
  const owner = await MikroORM.init(ormConfig(database.ownerUrl));

  const diff = await owner.schema.getUpdateSchemaSQL();
  await owner.close();

  const statements = diff.split(/;\s*\n/).map((line) => line.trim());
  const changes = statements.filter(
    (line) => /^(alter|create|drop)/.test(line) && !UNDECLARED.test(line),
  );
  // PostgreSQL rewrites checks, so that they are dropped and made again under the same name: a pair each.
  const names = changes.map((line) => /constraint "(\w+_check)"/.exec(line)?.[1] ?? line);
  expect(names.filter((name) => names.filter((other) => other === name).length !== 2)).toEqual([]);
});
