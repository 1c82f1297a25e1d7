import { randomUUID } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/postgresql';
import { Client } from 'pg';
import { expect, onTestFinished } from 'vitest';
import { test } from '../../support/fixtures.ts';
import { makeOwner } from '../../support/work.ts';

/** Long enough for a statement that does not wait. */
const WAITS_MS = 300;

const connect = async (url: string): Promise<Client> => {
  const client = new Client(url);
  await client.connect();
  onTestFinished(() => client.end());
  return client;
};

/** An owner's ceiling, and an execution's beneath it that is wider. */
async function plantTree(orm: MikroORM, client: Client) {
  const ownerId = await makeOwner(orm);
  const [root, leaf] = [randomUUID(), randomUUID()];
  const insert = `insert into conclave.budget (id, owner_id, scope, scope_id, parent_id, path, limit_tokens)
    values ($1, $2, $3, $4, $5, $6, $7)`;
  await client.query(insert, [root, ownerId, 'owner', ownerId, null, [root], 100]);
  await client.query(insert, [leaf, ownerId, 'execution', randomUUID(), root, [root, leaf], 1_000]);
  const sums = async () =>
    (
      await client.query(
        `select scope, reserved_tokens::int as reserved, used_tokens::int as used, overrun_tokens::int as overrun
         from conclave.budget where owner_id = $1 order by scope desc`,
        [ownerId],
      )
    ).rows;
  return { root, leaf, path: [root, leaf], sums };
}

const RESERVE = 'select conclave.reserve_budgets($1, 60, 0) as verdict';
const SETTLE = 'select conclave.settle_budgets($1, 60, 0, 50, 0)';

test('room is taken and given back in every budget of the path, and the narrowest decides', async ({
  database,
  orm,
}) => {
  const client = await connect(database.adminUrl);
  const { path, sums } = await plantTree(orm, client);
  const reserve = async () => (await client.query(RESERVE, [path])).rows[0].verdict;

  const first = await reserve();
  const second = await reserve();
  const held = await sums();
  await client.query(SETTLE, [path]);
  const third = await reserve();
  const settled = await sums();

  expect([first, second, third]).toEqual(['ok', 'waiting', 'exhausted']);
  expect(held).toEqual([
    { scope: 'owner', reserved: 60, used: 0, overrun: 0 },
    { scope: 'execution', reserved: 60, used: 0, overrun: 0 },
  ]);
  expect(settled).toEqual([
    { scope: 'owner', reserved: 0, used: 50, overrun: 0 },
    { scope: 'execution', reserved: 0, used: 50, overrun: 0 },
  ]);
});

test.for([RESERVE, SETTLE])(
  'budgets are locked from the leaf up, so that nobody waits in a circle: %s',
  async (statement, { database, orm }) => {
    const [holder, waiter, other] = await Promise.all(
      Array.from({ length: 3 }, () => connect(database.adminUrl)),
    );
    const { root, leaf, path } = await plantTree(orm, holder!);
    await holder!.query(RESERVE, [path]);
    await holder!.query('begin');
    await holder!.query('select from conclave.budget where id = $1 for update', [leaf]);

    const waiting = waiter!.query(statement, [path]);
    await new Promise((resolve) => setTimeout(resolve, WAITS_MS));
    const { rowCount } = await other!.query(
      'select from conclave.budget where id = $1 for update skip locked',
      [root],
    );
    await holder!.query('commit');
    await waiting;

    expect(rowCount, 'who waits for the leaf does not hold the root').toBe(1);
  },
);
