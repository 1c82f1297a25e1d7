import { pino } from 'pino';
import { expect } from 'vitest';
import { Event } from '../../../infra/db/entities/event.ts';
import { Execution } from '../../../infra/db/entities/execution.ts';
import { Schedule } from '../../../infra/db/entities/schedule.ts';
import { newId } from '../../../infra/db/new-id.ts';
import { asOwner } from '../../../infra/db/session.ts';
import { makeScheduleStarter } from '../../../infra/schedules/start-scheduled.ts';
import { describeSchedule, tellTemporal } from '../../../infra/schedules/temporal-schedule.ts';
import { executionWorkflowId } from '../../../workflows/contract/names.ts';
import { timesOf } from '../../../workflows/contract/schedules.ts';
import { test as base } from '../../support/fixtures.ts';
import { makeOwner } from '../../support/work.ts';

const DUE = '2026-11-20T06:30:00.000Z';
const BODY = {
  inline: {
    type: 'debate',
    config: { consensusMethod: 'majority' },
    members: ['debater_1', 'debater_2'].map((slot) => ({
      slot,
      agent: { name: slot, role: 'critic' },
    })),
  },
  input: { question: 'What is new?' },
  title: 'Every morning',
};

/** No worker polls: what was started stays as it is. */
const test = base.extend('scheduled', async ({ orm, temporal }) => {
  const { client } = temporal;
  const ownerId = await makeOwner(orm);
  const em = asOwner(orm.em, ownerId);
  const schedule = em.create(Schedule, {
    id: newId(),
    ownerId,
    name: 'morning',
    cron: '30 7 * * MON-FRI',
    timezone: 'Europe/Zurich',
    body: BODY,
  });
  await em.flush();
  await tellTemporal(client, schedule);
  const defaults = { defaultModel: null, environmentProviders: [] };
  const log = pino({ level: 'silent' });
  const starter = makeScheduleStarter({ em: orm.em, temporal: client, defaults, log });
  const own = () => asOwner(orm.em, ownerId);
  return {
    client,
    id: schedule.id,
    /** Changes the row alone, as when the word to Temporal was lost. */
    change: (fields: Partial<Schedule>) =>
      own().nativeUpdate(Schedule, { id: schedule.id }, fields),
    remove: () => own().nativeDelete(Schedule, { id: schedule.id }),
    row: () => own().findOneOrFail(Schedule, { id: schedule.id }),
    executions: () => own().find(Execution, { ownerId }),
    events: () => own().find(Event, { ownerId, eventType: 'schedule.failed' }),
    due: (dueAt = DUE, times = timesOf(schedule)) =>
      starter.start({ ownerId, scheduleId: schedule.id, times, dueAt }),
  };
});

test('what is due is accepted and started as its owner, once for each time', async ({
  scheduled,
}) => {
  await scheduled.due();
  await scheduled.due();
  await scheduled.due('2026-11-23T06:30:00.000Z');

  const executions = await scheduled.executions();
  expect(executions).toHaveLength(2);
  expect(executions).toMatchObject([
    { title: 'Every morning', runId: expect.any(String), state: 'queued' },
    { title: 'Every morning' },
  ]);
  const { workflowId } = await scheduled.client.workflow
    .getHandle(executionWorkflowId(executions[0]!.id))
    .describe();
  expect(workflowId).toBe(executions[0]!.workflowId);
  const row = await scheduled.row();
  expect(row).toMatchObject({
    lastRunAt: new Date('2026-11-23T06:30:00.000Z'),
    lastExecutionId: executions.find(({ id }) => id !== executions[0]!.id)?.id,
    lastError: null,
    rowVersion: 1,
  });
});

test('a start that no longer resolves is told at the schedule, with an event, until one is made again', async ({
  scheduled,
}) => {
  const { inline: _inline, ...rest } = BODY;
  await scheduled.change({ body: { ...rest, topology: 'gone' } });

  await scheduled.due();
  const failed = await scheduled.row();
  await scheduled.change({ body: BODY });
  await scheduled.due('2026-11-23T06:30:00.000Z');

  expect(failed.lastError).toContain('topology: There is no topology "gone"');
  expect(await scheduled.events()).toMatchObject([
    { payload: { code: 'invalid_request', dueAt: DUE }, subjectId: scheduled.id },
  ]);
  expect((await scheduled.row()).lastError).toBeNull();
  expect(await scheduled.executions()).toHaveLength(1);
});

test('a body that today’s rules refuse is a failure with its reasons, not a stop', async ({
  scheduled,
}) => {
  await scheduled.change({ body: { ...BODY, surprise: 1 } });

  await scheduled.due();

  expect((await scheduled.row()).lastError).toContain('execution.surprise');
  expect(await scheduled.executions()).toEqual([]);
});

test.for([
  { name: 'paused', fields: { paused: true }, told: { paused: true } },
  { name: 'moved', fields: { cron: '0 9 * * *' }, told: { paused: false } },
])(
  'a schedule that was $name, and Temporal was not told, starts nothing and sets Temporal right',
  async ({ fields, told }, { scheduled }) => {
    await scheduled.change(fields);

    await scheduled.due();

    expect(await scheduled.executions()).toEqual([]);
    const known = await describeSchedule(scheduled.client, scheduled.id);
    expect(known?.state.paused).toBe(told.paused);
    expect(known?.action.args).toMatchObject([{ times: timesOf(await scheduled.row()) }]);
  },
);

test('a schedule that was removed, and Temporal was not told, goes when it is due', async ({
  scheduled,
}) => {
  await scheduled.remove();

  await scheduled.due();

  expect(await scheduled.executions()).toEqual([]);
  expect(await describeSchedule(scheduled.client, scheduled.id)).toBeNull();
});
