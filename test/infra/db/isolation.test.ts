import { expect } from 'vitest';
import { as, TABLES, test } from './two-owners.ts';

interface Table {
  readonly name: string;
  readonly columns: string[];
  readonly may: { readonly update: string | null; readonly delete: boolean };
}

/** Tables with an owner: their stored columns, one that the application may update, and whether it may delete. */
const OWNED = `select t.name,
    (select array_agg(quote_ident(attname) order by attnum) from pg_attribute
      where attrelid = t.oid and attnum > 0 and not attisdropped and attgenerated = '') as columns,
    jsonb_build_object(
      'update', (select attname from pg_attribute where attrelid = t.oid and attnum > 0 and attgenerated = ''
        and has_column_privilege('conclave_app', t.oid, attnum, 'update') order by attnum limit 1),
      'delete', has_table_privilege('conclave_app', t.oid, 'delete')) as may
  from (${TABLES}) t
  where exists (select from pg_attribute where attrelid = t.oid and attname = 'owner_id')`;

test('every owned table has rows of both owners, and each sees no more than the own ones', async ({
  admin,
  world,
}) => {
  const { rows: tables } = await admin.query<Table>(OWNED);
  expect(tables.length).toBeGreaterThan(25);

  for (const { name } of tables) {
    const count = `select count(*)::int as all, count(*) filter (where owner_id = $1)::int as own from ${name}`;
    const { rows: there } = await admin.query<{ own: number }>(count, [world.two]);
    expect(there[0]!.own, name).toBeGreaterThan(0);

    const { rows } = await as(admin, { userId: world.one }, () => admin.query(count, [world.one]));
    expect(rows[0].own, name).toBeGreaterThan(0);
    expect(rows[0].all, name).toBe(rows[0].own);
  }
});

test('without a user nothing is seen, whatever an earlier one left on the connection', async ({
  admin,
  world,
}) => {
  const { rows: tables } = await admin.query<Table>(OWNED);
  expect(world.one).not.toBe(world.two);

  for (const { name } of tables) {
    const { rows } = await as(admin, { userId: '' }, () => admin.query(`select from ${name}`));
    expect(rows, name).toEqual([]);
  }
});

test('another owner’s rows are neither changed nor deleted, in any table', async ({
  admin,
  world,
}) => {
  const { rows: tables } = await admin.query<Table>(OWNED);

  for (const { name, may } of tables) {
    const touched = await as(admin, { userId: world.one }, async () => {
      const update =
        may.update && `update ${name} set ${may.update} = ${may.update} where owner_id = $1`;
      const updated = update ? await admin.query(update, [world.two]) : { rowCount: 0 };
      const deleted = may.delete
        ? await admin.query(`delete from ${name} where owner_id = $1`, [world.two])
        : { rowCount: 0 };
      return [updated.rowCount, deleted.rowCount];
    });
    expect(touched, name).toEqual([0, 0]);
  }
});

test('no row is written in another owner’s name, in any table', async ({ admin, world }) => {
  const { rows: tables } = await admin.query<Table>(OWNED);

  for (const { name, columns } of tables) {
    const list = columns.join(', ');
    const { rows } = await admin.query<{ row: string }>(
      `select to_jsonb(t)::text as row from ${name} t where owner_id = $1 limit 1`,
      [world.two],
    );
    const insert = as(admin, { userId: world.one }, () =>
      admin.query(
        `insert into ${name} (${list}) select ${list} from jsonb_populate_record(null::${name}, $1)`,
        [rows[0]!.row],
      ),
    );
    await expect(insert, name).rejects.toMatchObject({
      code: '42501',
      message: expect.stringMatching(
        /row-level security|permission denied for table human_response/,
      ),
    });
  }
});

test('no own row is given away to another owner, in any table', async ({ admin, world }) => {
  const { rows: tables } = await admin.query<Table>(
    `select * from (${OWNED}) o where name <> 'llm_call'`,
  );

  for (const { name, may } of tables.filter((table) => table.may.update !== null)) {
    expect(may.update, name).not.toBeNull();
    const gift = as(admin, { userId: world.one }, () =>
      admin.query(`update ${name} set owner_id = $1 where owner_id = $2`, [world.two, world.one]),
    );
    await expect(gift, name).rejects.toMatchObject({ code: '42501' });
  }
});

test('an administrator sees all owners', async ({ admin, world }) => {
  const { rows } = await as(admin, { userId: world.one, role: 'admin' }, () =>
    admin.query('select distinct owner_id from agent order by 1'),
  );

  expect(rows.map(({ owner_id }) => owner_id)).toEqual([world.one, world.two].toSorted());
});

test('a shared row is seen by all and written by operators and administrators alone', async ({
  admin,
  world,
}) => {
  const share = `insert into capability (id, name) values (gen_random_uuid(), 'shared') returning id`;

  for (const role of ['operator', 'admin'])
    expect((await as(admin, { userId: world.one, role }, () => admin.query(share))).rowCount).toBe(
      1,
    );
  await expect(as(admin, { userId: world.one }, () => admin.query(share))).rejects.toMatchObject({
    code: '42501',
  });

  const { rows } = await admin.query<{ id: string }>(share);
  const seen = await as(admin, { userId: world.two }, async () => ({
    read: await admin.query('select from capability where id = $1', [rows[0]!.id]),
    changed: await admin.query('update capability set description = null where id = $1', [
      rows[0]!.id,
    ]),
  }));
  expect(seen.read.rowCount).toBe(1);
  expect(seen.changed.rowCount).toBe(0);
});

test('a user sees the own account, and may not change what it is allowed', async ({
  admin,
  world,
}) => {
  const users = await as(admin, { userId: world.one }, () =>
    admin.query('select id from user_account'),
  );
  expect(users.rows).toEqual([{ id: world.one }]);

  for (const change of [`roles = '{admin}'`, 'is_active = false'])
    await expect(
      as(admin, { userId: world.one }, () => admin.query(`update user_account set ${change}`)),
    ).rejects.toMatchObject({ code: '42501' });
  const renamed = await as(admin, { userId: world.one }, () =>
    admin.query(`update user_account set display_name = 'One'`),
  );
  expect(renamed.rowCount).toBe(1);
  const promoted = await as(admin, { userId: world.one, role: 'admin' }, () =>
    admin.query(`update user_account set roles = '{operator}' where id = $1`, [world.two]),
  );
  expect(promoted.rowCount).toBe(1);
});
