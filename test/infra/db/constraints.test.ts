import { expect } from 'vitest';
import { newId } from '../../../infra/db/new-id.ts';
import { uuidV7 } from '../../../workflows/domain/uuid.ts';
import { test, tried } from './two-owners.ts';

test('every column of a closed list of words refuses another word', async ({
  admin,
  orm,
  world,
}) => {
  const columns = [...orm.getMetadata().getAll().values()]
    .filter(({ view }) => !view)
    .flatMap(({ tableName, props }) =>
      props
        .filter((prop) => prop.enum && !prop.generated)
        .map((prop) => [tableName, prop.fieldNames[0]!]),
    );
  expect(columns.length).toBeGreaterThan(25);

  for (const [table, column] of columns) {
    const update = tried(admin, async () => {
      await admin.query(`set local session_replication_role = replica`); // without the guards of state
      await admin.query(`update ${table} set ${column} = 'nonsense' where owner_id = $1`, [
        world.one,
      ]);
    });
    await expect(update, `${table}.${column}`).rejects.toMatchObject({
      code: '23514',
      constraint: `${table}_${column}_check`,
    });
  }
});

test('a budget never holds more than its limit, in tokens or in dollars', async ({
  admin,
  world,
}) => {
  const set = (values: string) =>
    tried(admin, () => admin.query(`update budget set ${values} where owner_id = $1`, [world.one]));

  await set('limit_tokens = 10, used_tokens = 4, reserved_tokens = 6, overrun_tokens = 5');
  await expect(
    set('limit_tokens = 10, used_tokens = 4, reserved_tokens = 7'),
  ).rejects.toMatchObject({
    constraint: 'budget_tokens_check',
  });
  await set('limit_usd = 0.000003, used_usd = 0.000001, reserved_usd = 0.000002');
  await expect(set('limit_usd = 0.000002, used_usd = 0.000003')).rejects.toMatchObject({
    constraint: 'budget_usd_check',
  });
  await expect(set('reserved_tokens = -1')).rejects.toMatchObject({
    constraint: 'budget_reserved_tokens_check',
  });
});

test('an execution has an end exactly when it has ended, an output when completed, an error when failed', async ({
  admin,
  world,
}) => {
  const set = (values: string) =>
    tried(admin, async () => {
      await admin.query(`update execution set state = 'preparing' where owner_id = $1`, [
        world.one,
      ]);
      await admin.query(`update execution set state = 'running' where owner_id = $1`, [world.one]);
      await admin.query(`update execution set ${values} where owner_id = $1`, [world.one]);
    });

  await set(`state = 'completed', completed_at = now(), output = '{}'`);
  await set(`state = 'failed', completed_at = now(), error = 'internal'`);
  await expect(set(`state = 'cancelled'`)).rejects.toMatchObject({
    constraint: 'execution_closed_check',
  });
  await expect(set(`completed_at = now()`)).rejects.toMatchObject({
    constraint: 'execution_closed_check',
  });
  await expect(set(`state = 'completed', completed_at = now()`)).rejects.toMatchObject({
    constraint: 'execution_outcome_check',
  });
  await expect(set(`state = 'failed', completed_at = now()`)).rejects.toMatchObject({
    constraint: 'execution_outcome_check',
  });
});

test('an event lands in its week, and one whose id is not of today is refused', async ({
  admin,
}) => {
  const insert = (id: string) =>
    admin.query<{ home: string }>(
      `insert into event (id, event_type, occurred_at, source, subject_type) values ($1, 'system.tried', now(), 'test', 'none')
       returning tableoid::regclass::text as home`,
      [id],
    );

  await tried(admin, async () => {
    const { rows } = await insert(newId());
    expect(rows[0]!.home).toMatch(/^event_\d{4}_\d{2}$/);
    await insert(at(23));
    await insert(at(-23));
  });
  for (const id of [at(25), at(-25), '00000000-0000-0000-0000-000000000000'])
    await expect(
      tried(admin, () => insert(id)),
      id,
    ).rejects.toMatchObject({ constraint: 'event_id_guard' });
});

test('weeks are made ahead, and made again without harm', async ({ admin }) => {
  const weeks = async () => {
    const { rows } = await admin.query<{ name: string }>(
      `select relname as name from pg_class where relnamespace = 'conclave'::regnamespace and relname ~ '^event_\\d{4}_\\d\\d$'`,
    );
    return rows.length;
  };

  expect(await weeks()).toBe(9);
  await tried(admin, async () => {
    await admin.query('set local role conclave_system');
    await admin.query('select ensure_event_partitions(20)');
    await admin.query('select ensure_event_partitions(20)');
    expect(await weeks()).toBe(21);
  });
});

test('a week that the default partition has begun stays there', async ({ admin }) => {
  await tried(admin, async () => {
    await admin.query('alter table event disable trigger event_id_guard');
    await admin.query(
      `insert into event (id, event_type, occurred_at, source, subject_type)
       values (uuid_floor(now() + interval '70 days'), 'system.tried', now(), 'test', 'none')`,
    );

    await admin.query('select ensure_event_partitions(12)');

    const { rows } = await admin.query('select count(*)::int as n from event_default');
    expect(rows).toEqual([{ n: 1 }]);
  });
});

/** An id made so many hours from now. */
const at = (hours: number) => uuidV7(Date.now() + hours * 3_600_000, new Uint8Array(10));
