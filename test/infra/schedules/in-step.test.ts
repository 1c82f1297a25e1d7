import type { EntityManager } from '@mikro-orm/postgresql';
import { expect } from 'vitest';
import {
  changeSchedule,
  createSchedule,
  loadSchedule,
} from '../../../infra/schedules/schedules.ts';
import { setRight } from '../../../infra/schedules/in-step.ts';
import { timesOf } from '../../../workflows/contract/schedules.ts';
import { BODY, DUE, test } from './fixtures.ts';

/** Resolves when what was begun is done, or waits for this transaction. */
async function doneOrWaiting(tx: EntityManager, begun: Promise<void>): Promise<void> {
  let isDone = false;
  const settle = () => void (isDone = true);
  void begun.then(settle, settle);
  const waiting = () =>
    tx.execute(
      'select from pg_locks where not granted and pg_backend_pid() = any (pg_blocking_pids(pid))',
    );
  await expect
    .poll(async () => isDone || (await waiting()).length > 0, { interval: 10, timeout: 5_000 })
    .toBe(true);
}

test('what is due while its schedule is created waits for the row, and is started', async ({
  scheduled,
}) => {
  const { client: temporal, defaults, own, ownerId, due, told } = scheduled;
  const body = {
    name: 'hourly',
    cron: '0 * * * *',
    timezone: 'UTC',
    execution: BODY,
    paused: false,
  };

  const { begun, id } = await own().transactional(async (em) => {
    const schedule = await createSchedule({ em, temporal, defaults }, ownerId, body);
    const firing = due(DUE, { scheduleId: schedule.id, times: timesOf(schedule) });
    await doneOrWaiting(em, firing);
    return { begun: { firing }, id: schedule.id };
  });
  await begun.firing;

  expect(await told(id)).not.toBeNull();
  expect(await scheduled.executions()).toHaveLength(1);
});

test.for([
  { name: 'resumed', before: { paused: true }, change: { paused: false } },
  { name: 'given other times', before: {}, change: { cron: '0 9 * * *' } },
])(
  'what is due while its schedule is $name waits for the change, and is started',
  async ({ before, change }, { scheduled }) => {
    const { client: temporal, defaults, own, due, told } = scheduled;
    await scheduled.change(before);

    const { begun, times } = await own().transactional(async (em) => {
      const schedule = await loadSchedule(em, scheduled.id);
      await changeSchedule({ em, temporal, defaults }, schedule, change);
      const firing = due(DUE, { times: timesOf(schedule) });
      await doneOrWaiting(em, firing);
      return { begun: { firing }, times: timesOf(schedule) };
    });
    await begun.firing;

    const known = await told();
    expect(known?.state.paused).toBe(false);
    expect(known?.action.args).toMatchObject([{ times }]);
    expect(await scheduled.executions()).toHaveLength(1);
  },
);

test('a start that is being made waits for a pause that is being written, and is not made', async ({
  scheduled,
}) => {
  const begun = await scheduled.own().transactional(async (em) => {
    const schedule = await loadSchedule(em, scheduled.id);
    schedule.paused = true;
    await em.flush();
    const firing = scheduled.due();
    await doneOrWaiting(em, firing);
    return { firing };
  });
  await begun.firing;

  expect(await scheduled.executions()).toEqual([]);
});

test('whoever comes late tells Temporal what the row says now', async ({ scheduled }) => {
  const { client, own, id, told } = scheduled;
  await scheduled.change({ paused: true });
  await setRight(own(), client, id);
  const paused = (await told())?.state.paused;
  await scheduled.change({ paused: false });
  await setRight(own(), client, id);
  const resumed = (await told())?.state.paused;
  await scheduled.remove();

  await setRight(own(), client, id);

  expect([paused, resumed]).toEqual([true, false]);
  expect(await told()).toBeNull();
});

test('times that Temporal was told of and that were never committed are taken back after a minute', async ({
  scheduled,
}) => {
  const { client: temporal, defaults, own, due, told } = scheduled;
  const moveTo = async (em: EntityManager, cron: string) =>
    changeSchedule({ em, temporal, defaults }, await loadSchedule(em, scheduled.id), { cron });
  await own().transactional((em) => moveTo(em, '0 9 * * *'));
  const lastChange = own().transactional(async (em) => {
    await moveTo(em, '0 0 1 1 *');
    throw new Error('here the process ends');
  });
  await expect(lastChange).rejects.toThrow('here the process ends');
  const lost = (await told())?.action.args;

  const { events } = await temporal.workflow
    .getHandle(`schedule/${scheduled.id}/check`)
    .fetchHistory();
  const begun = events?.[0]?.workflowExecutionStartedEventAttributes;
  const [check] = begun!.input!.payloads!;
  await due(DUE, JSON.parse(Buffer.from(check!.data!).toString()));

  expect(Number(begun?.firstWorkflowTaskBackoff?.seconds)).toBe(60);
  expect(lost).toMatchObject([{ times: '0 0 1 1 * Europe/Zurich' }]);
  expect((await told())?.action.args).toMatchObject([{ times: '0 9 * * * Europe/Zurich' }]);
  expect(await scheduled.executions()).toEqual([]);
});
