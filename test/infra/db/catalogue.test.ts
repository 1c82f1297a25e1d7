import { expect } from 'vitest';
import { TABLES, test } from './two-owners.ts';

/** Functions that run as their owner. Each one is a door: it must check for itself what its caller may. */
const DOORS = {
  answer_interaction: 'conclave_system',
  authenticate: 'conclave_system',
  ensure_event_partitions: 'conclave_owner',
  find_people: 'conclave_system',
  metrics_read: 'conclave_system',
  owner_guard: 'conclave_system',
  unregistered_capabilities: 'conclave_system',
  workload: 'conclave_system',
};

test('every table has row-level security that also binds its owner, and a policy for each role that reads it', async ({
  admin,
}) => {
  const { rows } = await admin.query(
    `select t.name, c.relrowsecurity and c.relforcerowsecurity as forced, r.role from (${TABLES}) t
     join pg_class c on c.oid = t.oid
     cross join (values ('conclave_app'::regrole), ('conclave_system'::regrole)) r (role)
     where not (c.relrowsecurity and c.relforcerowsecurity)
       or (has_any_column_privilege(r.role, t.oid, 'select')
         and not exists (select from pg_policy p where p.polrelid = t.oid and r.role = any (p.polroles)))`,
  );

  expect(rows).toEqual([]);
});

test('there are as many tables as the entities have', async ({ admin, orm }) => {
  const { rows } = await admin.query<{ name: string }>(`${TABLES} order by 1`);

  const mapped = [...orm.getMetadata().getAll().values()].filter(({ view }) => !view);
  expect(rows.map(({ name }) => name)).toEqual(mapped.map(({ tableName }) => tableName).toSorted());
});

test('partitions of the events cannot be reached past their table', async ({ admin }) => {
  const { rows } = await admin.query<{ ok: boolean; name: string }>(
    `select relname as name, relrowsecurity and relforcerowsecurity
       and not has_any_column_privilege('conclave_app', oid, 'select, insert, update')
       and not has_any_column_privilege('conclave_system', oid, 'select, insert, update') as ok
     from pg_class where relnamespace = 'conclave'::regnamespace and relispartition and relkind = 'r'`,
  );

  expect(rows.length).toBeGreaterThan(8);
  expect(rows.filter(({ ok }) => !ok)).toEqual([]);
});

test('views look with the eyes of whoever asks', async ({ admin }) => {
  const { rows } = await admin.query(
    `select relname as name, coalesce(reloptions, '{}') as options from pg_class
     where relnamespace = 'conclave'::regnamespace and relkind = 'v'`,
  );

  expect(rows).toEqual([{ name: 'agent_response', options: ['security_invoker=true'] }]);
});

test('functions that run as their owner are the known ones, and all functions in PL/pgSQL have a fixed search path', async ({
  admin,
}) => {
  const { rows } = await admin.query<{ name: string; owner: string }>(
    `select proname as name, proowner::regrole::text as owner from pg_proc
     where pronamespace = 'conclave'::regnamespace and prosecdef`,
  );
  expect(Object.fromEntries(rows.map(({ name, owner }) => [name, owner]))).toEqual(DOORS);

  const loose = await admin.query(
    `select proname from pg_proc p join pg_language l on l.oid = p.prolang
     where pronamespace = 'conclave'::regnamespace and (prosecdef or lanname = 'plpgsql')
       and not coalesce(proconfig, '{}') @> array['search_path=conclave, pg_temp']`,
  );
  expect(loose.rows).toEqual([]);
});

test('nobody but the two roles may call a function, and the partitions are none of the application', async ({
  admin,
}) => {
  const { rows } = await admin.query(
    `select proname from pg_proc where pronamespace = 'conclave'::regnamespace
       and (has_function_privilege('public', oid, 'execute')
         or (proname = 'ensure_event_partitions' and has_function_privilege('conclave_app', oid, 'execute')))`,
  );

  expect(rows).toEqual([]);
});

test('no role of ours is a superuser or gets past row-level security', async ({ admin }) => {
  const { rows } = await admin.query(
    `select rolname as name, rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication as strong
     from pg_roles where rolname like 'conclave\\_%' order by 1`,
  );

  expect(rows).toEqual([
    { name: 'conclave_app', strong: false },
    { name: 'conclave_owner', strong: false },
    { name: 'conclave_system', strong: false },
  ]);
});

test('every foreign key has an index that begins with it, and waits for the end of the transaction', async ({
  admin,
}) => {
  // The owner stands in the composite keys for safety, not for finding; users are never deleted.
  const { rows } = await admin.query(
    `select k.conname from pg_constraint k
     where k.contype = 'f' and k.connamespace = 'conclave'::regnamespace and (not k.condeferred or (
       k.confrelid <> 'user_account'::regclass and not exists (
         select from pg_index i where i.indrelid = k.conrelid
           and i.indkey[0] = k.conkey[cardinality(k.conkey)]
           and (i.indpred is null or pg_get_expr(i.indpred, i.indrelid) ~ '^\\(\\w+ IS NOT NULL\\)$'))
       and not exists (
         select from pg_index i where i.indrelid = k.conrelid and i.indpred is null
           and array[i.indkey[0], i.indkey[1]] @> k.conkey and cardinality(k.conkey) = 2)))`,
  );

  expect(rows).toEqual([]);
});

test('the application can neither change nor delete what is append-only', async ({ admin }) => {
  const { rows } = await admin.query<{ name: string }>(
    `select name from (${TABLES}) t
     where has_table_privilege('conclave_app', oid, 'update') or has_table_privilege('conclave_app', oid, 'delete')`,
  );

  const changeable = new Set(rows.map(({ name }) => name));
  for (const table of [
    'agent_state_history',
    'execution_state_history',
    'event',
    'llm_call',
    'event_counter',
    'human_response',
  ])
    expect(changeable).not.toContain(table);
});

test('the application cannot write what people decided', async ({ admin }) => {
  const { rows } = await admin.query<{ name: string }>(
    `select attname as name from pg_attribute where attrelid = 'human_interaction'::regclass and attnum > 0
       and has_column_privilege('conclave_app', attrelid, attnum, 'update') order by 1`,
  );

  expect(rows.map(({ name }) => name)).toEqual([
    'assignees',
    'decided_at',
    'level',
    'row_version',
    'signalled_at',
    'state',
    'updated_at',
  ]);
});
