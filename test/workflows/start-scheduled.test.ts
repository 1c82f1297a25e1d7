import { expect } from 'vitest';
import { test } from './fixtures.ts';

test('a scheduled start is made for the moment at which it was due', async ({
  stage,
  temporal,
}) => {
  const { scheduleId, due } = stage.schedule();
  await temporal.client.schedule.create({
    scheduleId,
    spec: { cronExpressions: ['0 7 * * *'], timezone: 'Europe/Zurich' },
    state: { paused: true },
    action: {
      type: 'startWorkflow',
      workflowType: 'startScheduled',
      taskQueue: 'orchestration',
      workflowId: scheduleId,
      args: [{ ownerId: 'o', scheduleId, times: '0 7 * * * Europe/Zurich' }],
    },
  });

  await temporal.client.schedule.getHandle(scheduleId).backfill({
    start: new Date('2026-03-28T00:00:00Z'),
    end: new Date('2026-03-30T00:00:00Z'),
    overlap: 'ALLOW_ALL',
  });

  // Clocks go forward in the night between the two.
  await expect
    .poll(() => due.map(({ dueAt }) => dueAt).toSorted(), { timeout: 15_000 })
    .toEqual(['2026-03-28T06:00:00.000Z', '2026-03-29T05:00:00.000Z']);
  expect(due[0]).toMatchObject({ ownerId: 'o', times: '0 7 * * * Europe/Zurich' });
});
