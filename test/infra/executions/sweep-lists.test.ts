import { MikroORM } from '@mikro-orm/postgresql';
import { expect } from 'vitest';
import { callIn } from '../../../infra/db/call.ts';
import { Execution } from '../../../infra/db/entities/execution.ts';
import { makeExecutionStore } from '../../../infra/db/execution-store.ts';
import { ormConfig } from '../../../infra/db/orm.config.ts';
import { asOwner } from '../../../infra/db/session.ts';
import { interject } from '../../../infra/executions/interject.ts';
import { newInteraction } from '../db/rows.ts';
import { test as base } from './sweeping.ts';

/** Fewer than there are rows, more than twice over. */
const PAGES = { batch: 2, limitMs: 60_000 };
const FIVE = [1, 2, 3, 4, 5];

const test = base
  .extend('admin', { scope: 'file' }, async ({ database }, { onCleanup }) => {
    const orm = await MikroORM.init(ormConfig(database.adminUrl));
    onCleanup(() => orm.close());
    return orm;
  })
  .extend('answered', { scope: 'file' }, async ({ admin }) => async (id: string) => {
    const em = admin.em.fork();
    newInteraction(em, await em.findOneOrFail(Execution, { id }), {
      state: 'answered',
      decision: 'approve',
      decidedAt: new Date(Date.now() - 60_000),
    });
    await em.flush();
  })
  .extend(
    'waiting',
    { scope: 'file' },
    async ({ system }) =>
      (id: string, state: 'running' | 'paused', since: string) =>
        system.em.fork().execute(
          `update execution set state = 'preparing' where id = ?; update execution set state = 'running' where id = ?;
             update execution set state = ?, updated_at = now() - ?::interval, next_check_at = now() where id = ?`,
          [id, id, state, since, id],
        ),
  );

test('however many executions are due, each is looked after', async ({ accept, sweepWith }) => {
  const lost = await Promise.all(FIVE.map(() => accept('a-run-that-was-lost')));

  const swept = await sweepWith(PAGES);

  expect(swept.closed).toBe(5);
  for (const { row } of lost) expect(await row()).toMatchObject({ error: 'lost' });
});

test('a sweep that has no time for all leaves the rest to the next ones, which go on there', async ({
  accept,
  sweepWith,
}) => {
  const accepted = await Promise.all(FIVE.map(() => accept()));
  await sweepWith(PAGES);
  for (const { age } of accepted) await age();

  const looks: number[] = [];
  for (const _ of FIVE) {
    await sweepWith({ ...PAGES, limitMs: 0 });
    const rows = await Promise.all(accepted.map(({ row }) => row()));
    looks.push(rows.filter(({ nextCheckAt }) => nextCheckAt > new Date()).length);
  }

  expect(looks).toEqual([1, 2, 3, 4, 5]);
});

test('what is at work is looked at by each sweep; what waits for people the more seldom, the longer it has waited', async ({
  accept,
  sweep,
  waiting,
  system,
  orm,
}) => {
  const [works, waits, waitsLong] = [await accept(), await accept(), await accept()];
  await sweep();
  await waiting(works.id, 'running', '10 hours');
  await waiting(waits.id, 'paused', '10 minutes');
  await waiting(waitsLong.id, 'paused', '10 hours');
  const secondsTo = async (id: string): Promise<number> => {
    const [row] = await system.em
      .fork()
      .execute<[{ n: number }]>(
        'select round(extract(epoch from next_check_at - now()) / 10)::int * 10 as n from execution where id = ?',
        [id],
      );
    return row.n;
  };

  await sweep();

  expect(await secondsTo(works.id)).toBe(20);
  expect(await secondsTo(waits.id)).toBe(60);
  expect(await secondsTo(waitsLong.id)).toBe(300);
  await makeExecutionStore(orm, callIn(orm.em.fork())).pause({
    ownerId: waitsLong.ownerId,
    executionId: waitsLong.id,
    userId: waitsLong.ownerId,
    isPaused: false,
  });
  expect((await waitsLong.row()).state).toBe('running');
  expect(await secondsTo(waitsLong.id), 'it is at work again').toBe(0);
});

test('however many workflows do not know what people said and answered, each is told', async ({
  accept,
  answered,
  sweep,
  sweepWith,
  waiting,
  orm,
  system,
}) => {
  const running = await Promise.all(FIVE.map(() => accept()));
  await sweep();
  for (const { id, ownerId } of running) {
    await waiting(id, 'running', '1 second');
    await answered(id);
    const said = { id, userId: ownerId };
    await asOwner(orm.em, ownerId).transactional((em) => interject(em, said, { text: 'Wait!' }));
  }
  await system.em.fork().execute("update message set created_at = now() - interval '1 minute'");

  const swept = await sweepWith(PAGES);

  expect(swept).toMatchObject({ told: 5, woken: 5 });
});

test('an answer to an execution that was lost while it waited has it looked at soon', async ({
  accept,
  answered,
  sweep,
  waiting,
  system,
}) => {
  const { id, row } = await accept('a-run-that-was-lost');
  await waiting(id, 'paused', '10 hours');
  await answered(id);
  await system.em
    .fork()
    .execute("update execution set next_check_at = now() + interval '5 minutes' where id = ?", [
      id,
    ]);

  await sweep();
  await sweep();

  expect(await row()).toMatchObject({ state: 'failed', error: 'lost' });
});
