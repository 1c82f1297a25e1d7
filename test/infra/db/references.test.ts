import { expect } from 'vitest';
import { test, tried } from './two-owners.ts';

interface Reference {
  readonly name: string;
  readonly child: string;
  readonly column: string;
  readonly parent: string;
}

/** References from one owner's row to another's: by composite keys, and by `owner_guard`. */
const COMPOSITE = `select conname as name, conrelid::regclass::text as child,
    (select attname from pg_attribute where attrelid = conrelid and attnum = conkey[2]) as column,
    confrelid::regclass::text as parent
  from pg_constraint where contype = 'f' and cardinality(conkey) = 2 and connamespace = 'conclave'::regnamespace`;
const GUARDED = `select tgname as name, tgrelid::regclass::text as child,
    split_part(encode(tgargs, 'escape'), '\\000', 1) as column, split_part(encode(tgargs, 'escape'), '\\000', 2) as parent
  from pg_trigger where tgname like 'owner_guard_%'`;
/** Whose id is smaller is chance here. */
const IGNORE_ORDER =
  'alter table capability_compatibility drop constraint capability_compatibility_order_check';

test('no row hangs under another owner’s parent, by any reference there is', async ({
  admin,
  world,
}) => {
  const { rows } = await admin.query<Reference>(`${COMPOSITE} union all ${GUARDED}`);
  expect(rows.length).toBeGreaterThan(40);

  for (const { name, child, column, parent } of rows) {
    const other = child === parent ? `and ${column} <> id` : '';
    const move = `update ${child} set ${column} = (select id from ${parent} where owner_id = $2 limit 1)
      where ctid = (select ctid from ${child} where owner_id = $1 and ${column} is not null ${other} limit 1)`;
    const moved = tried(admin, async () => {
      if (child !== parent) await clear(child);
      await admin.query(IGNORE_ORDER);
      const { rowCount } = await admin.query(move, [world.one, world.two]);
      expect(rowCount, `${name} has nothing to try`).toBeGreaterThan(0);
    });
    await expect(moved, `${child}.${column}`).rejects.toMatchObject({ code: '23503' });
  }

  /** Makes room in the unique keys: the other owner's row has the same names. */
  async function clear(table: string): Promise<void> {
    await admin.query('set local session_replication_role = replica');
    await admin.query(`delete from ${table} where owner_id = $1`, [world.two]);
    await admin.query('set local session_replication_role = origin');
  }
});

test('every foreign key to a table with owners holds the owner, or has its guard', async ({
  admin,
}) => {
  const { rows } = await admin.query(
    `select conname from pg_constraint k
     join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
     where k.contype = 'f' and k.connamespace = 'conclave'::regnamespace and cardinality(k.conkey) = 1
       and exists (select from pg_attribute where attrelid = k.confrelid and attname = 'owner_id')
       and not exists (select from pg_trigger t where t.tgrelid = k.conrelid and t.tgname = 'owner_guard_' || a.attname)`,
  );

  expect(rows).toEqual([]);
});

test('every column that names a row of another table is a foreign key, guarded, or known to be copied', async ({
  admin,
}) => {
  const { rows } = await admin.query<{ column: string }>(
    `select c.relname || '.' || a.attname as column from pg_class c
     join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and a.atttypid = 'uuid'::regtype
     where c.relnamespace = 'conclave'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
       and a.attname not in ('id', 'owner_id')
       and not exists (select from pg_constraint k where k.conrelid = c.oid and k.contype = 'f' and a.attnum = any (k.conkey))
     order by 1`,
  );

  expect(rows.map(({ column }) => column)).toEqual([
    'budget.scope_id',
    'call_flight.agent_execution_id',
    'call_flight.provider_config_id',
    'call_flight.repeat_of_id',
    'event.execution_id',
    'event.project_id',
    'event.source_agent_id',
    'event.subject_id',
    'execution.origin_id',
    'idempotency_record.resource_id',
    'llm_call.agent_id',
    'llm_call.copied_from_id',
    'llm_call.message_id',
    'llm_call.project_id',
    'llm_call.provider_config_id',
    'llm_call.repeat_of_id',
    'message.copied_from_id',
    'message.sender_agent_id',
    'message.sender_user_id',
    'schedule.last_execution_id',
  ]);
});

test('a shared parent is good for all, but takes no parts from a tenant', async ({
  admin,
  world,
}) => {
  const shared = `with t as (insert into agent_template (id, name, display_name, description)
      values (gen_random_uuid(), 'shared', 'Shared', 'For all.') returning id)`;
  const version = `insert into template_version (id, owner_id, template_id, parameters)
      select gen_random_uuid(), $1::uuid, id, '{}' from t`;

  await tried(admin, () => admin.query(`${shared} ${version}`, [null]));
  await expect(
    tried(admin, () => admin.query(`${shared} ${version}`, [world.one])),
  ).rejects.toMatchObject({
    code: '23503',
    constraint: 'template_version_owner_guard',
  });
  await tried(admin, () =>
    admin.query(
      `${shared} insert into agent_configuration (id, owner_id, template_id) select gen_random_uuid(), $1, id from t`,
      [world.one],
    ),
  );
});
