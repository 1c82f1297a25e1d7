import { Client } from 'pg';
import { expect, onTestFinished } from 'vitest';
import type { HttpClient } from '../support/http-client.ts';
import { debate } from './debates.ts';
import { type Engine, test } from './engine.ts';

const body = debate({
  question: 'Yours or mine?',
  options: ['yours', 'mine'],
  config: { maxRounds: 1, consensusMethod: 'majority' },
  debaters: [{ script: [{ choice: 'mine' }] }, { script: [{ choice: 'mine' }] }],
});

/** A user of his own, who has run one debate. */
async function newOwner(
  engine: Engine,
  username: string,
): Promise<{ id: string; http: HttpClient; executionId: string }> {
  const { body: user } = await engine.http.post<{ id: string }>('/v1/users', {
    username,
    email: `${username}@example.org`,
    roles: ['member'],
  });
  const { body: issued } = await engine.http.post<{ key: string }>(
    `/v1/users/${user.id}/api-keys`,
    {
      name: 'test',
      scopes: ['read', 'run'],
    },
  );
  const http = engine.as(issued.key);
  const { body: started } = await http.post<{ id: string }>('/v1/executions', body);
  await expect
    .poll(
      async () => (await http.get<{ state: string }>(`/v1/executions/${started.id}`)).body.state,
      {
        timeout: 15_000,
      },
    )
    .toBe('completed');
  return { id: user.id, http, executionId: started.id };
}

/** How many rows of each table whoever `userId` is can see that belong to `ownerId`. */
async function visible(
  client: Client,
  userId: string,
  ownerId: string,
): Promise<Record<string, number>> {
  const { rows: tables } = await client.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid
     where c.relnamespace = 'conclave'::regnamespace and c.relkind in ('r', 'p', 'v')
       and a.attname = 'owner_id' and not a.attisdropped and has_table_privilege(c.oid, 'select') order by 1`,
  );
  const seen: Record<string, number> = {};
  await client.query('begin');
  await client.query(
    `select set_config('app.user_id', $1, true), set_config('app.role', '', true),
            set_config('app.principals', 'user:' || $1, true)`,
    [userId],
  );
  for (const { name } of tables) {
    const { rows } = await client.query<{ n: number }>(
      `select count(*)::int as n from conclave."${name}" where owner_id = $1`,
      [ownerId],
    );
    if (rows[0]!.n > 0) seen[name] = rows[0]!.n;
  }
  await client.query('rollback');
  return seen;
}

test('under the role of the application an owner sees his own rows and none of another', async ({
  engine,
  database,
}) => {
  const [ada, bob] = [await newOwner(engine, 'ada'), await newOwner(engine, 'bob')];
  const client = new Client(database.appUrl);
  await client.connect();
  onTestFinished(() => client.end());

  const own = await visible(client, ada.id, ada.id);

  expect(own).toMatchObject({ execution: 1, agent_execution: 2, message: 2, llm_call: 2 });
  expect(own['event']).toBeGreaterThan(3);
  expect(await visible(client, bob.id, bob.id)).toEqual(own);
  expect(await visible(client, ada.id, bob.id)).toEqual({});
  expect(await visible(client, '', ada.id)).toEqual({});
});

test('over HTTP what is another owner’s is what is not there', async ({ engine }) => {
  const [eve, sam] = [await newOwner(engine, 'eve'), await newOwner(engine, 'sam')];
  const nowhere = '01890000-0000-7000-8000-000000000000';

  for (const end of [
    '',
    '/messages',
    '/responses',
    '/calls',
    '/history',
    '/tree',
    '/transcript',
    '/events',
  ]) {
    const foreign = await eve.http.get<object>(`/v1/executions/${sam.executionId}${end}`);
    const unknown = await eve.http.get<object>(`/v1/executions/${nowhere}${end}`);

    expect(foreign.status).toBe(404);
    expect(JSON.stringify(foreign.body).replaceAll(sam.executionId, nowhere)).toEqual(
      JSON.stringify(unknown.body),
    );
  }
  const listed = await eve.http.get<{ items: { id: string }[] }>('/v1/executions');
  expect(listed.body.items.map(({ id }) => id)).toEqual([eve.executionId]);
});
