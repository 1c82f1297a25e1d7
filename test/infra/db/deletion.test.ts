import { MikroORM } from '@mikro-orm/postgresql';
import { expect } from 'vitest';
import { ormConfig } from '../../../infra/db/orm.config.ts';
import { newExecution, newMessage, newUser } from './rows.ts';
import { as, test } from './two-owners.ts';

const EXECUTIONS = 30;
const MESSAGES = 200;

test('an execution of 200 messages among 6,000 is deleted through indexes alone', async ({
  admin,
  database,
}) => {
  const orm = await MikroORM.init(ormConfig(database.adminUrl));
  const em = orm.em.fork();
  const owner = newUser(em);
  const { execution, seat } = newExecution(em, owner.id);
  newMessage(em, seat, 1);
  await em.flush();
  await orm.close();
  await multiply(EXECUTIONS, MESSAGES);
  await admin.query('analyze');

  const scans = await as(admin, { userId: owner.id }, async () => {
    const before = await sequentialReads();
    await admin.query('delete from execution where id = $1', [execution.id]);
    await admin.query('set constraints all immediate');
    return (await sequentialReads()) - before;
  });

  expect(scans).toBe(0);

  async function sequentialReads(): Promise<number> {
    const { rows } = await admin.query<{ n: number }>(
      `select sum(seq_tup_read)::int as n from pg_stat_xact_user_tables
       where schemaname = 'conclave' and relname in ('message', 'message_recipient')`,
    );
    return rows[0]!.n;
  }

  /** More of what is there: executions like it, messages like the first. */
  async function multiply(executions: number, messages: number): Promise<void> {
    const one = [owner.id];
    await admin.query(
      copy(
        'execution',
        `jsonb_build_object('id', x.id, 'root_execution_id', x.id)`,
        `(select gen_random_uuid() as id from generate_series(2, ${executions})) x`,
      ),
      one,
    );
    await admin.query(
      `${copy('agent_execution', `jsonb_build_object('id', gen_random_uuid(), 'execution_id', x.id)`, 'execution x')}
       and x.owner_id = $1 and x.id <> t.execution_id`,
      one,
    );
    await admin.query(
      `${copy(
        'message',
        `jsonb_build_object('id', gen_random_uuid(), 'execution_id', s.execution_id, 'sender_id', s.id, 'sequence', n)`,
        `agent_execution s, generate_series(2, ${messages + 1}) n`,
      )} and s.owner_id = $1`,
      one,
    );
  }
});

/** Copies the owner's rows of a table, once for each row of `source`, with other values. */
const copy = (table: string, changes: string, source: string) =>
  `insert into ${table} select (jsonb_populate_record(t, ${changes})).* from ${table} t, ${source} where t.owner_id = $1`;
