import { expect } from 'vitest';
import { executionWorkflowId } from '../../../workflows/contract/names.ts';
import { timesOf } from '../../../workflows/contract/schedules.ts';
import { BODY, DUE, test } from './fixtures.ts';

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
  await scheduled.change({ body: { ...BODY } });
  await scheduled.due('2026-11-23T06:30:00.000Z');

  expect(failed.lastError).toContain('topology: There is no topology "gone"');
  expect(await scheduled.events()).toMatchObject([
    { payload: { code: 'invalid_request', dueAt: DUE }, subjectId: scheduled.id },
  ]);
  expect((await scheduled.row()).lastError).toBeNull();
  expect(await scheduled.executions()).toHaveLength(1);
});

test.for([
  { name: 'is deactivated', fields: { isActive: false }, reason: 'deactivated' },
  { name: 'may only read now', fields: { roles: ['viewer' as const] }, reason: 'scope "run"' },
])(
  'for an owner who $name nothing is started, and the schedule says why',
  async ({ fields, reason }, { scheduled }) => {
    await scheduled.changeOwner(fields);

    await scheduled.due();

    expect(await scheduled.executions()).toEqual([]);
    expect((await scheduled.row()).lastError).toContain(reason);
    expect(await scheduled.events()).toMatchObject([{ payload: { code: 'forbidden' } }]);
  },
);

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
    const known = await scheduled.told();
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
  expect(await scheduled.told()).toBeNull();
});
