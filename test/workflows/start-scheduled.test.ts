import { expect } from 'vitest';
import { test } from './fixtures.ts';

test('a scheduled start is made for the moment at which it was due', async ({ stage }) => {
  const { scheduleId, due, backfill } = await stage.schedule('0 7 * * *', 'Europe/Zurich');

  await backfill('2026-03-28T00:00:00Z', '2026-03-30T00:00:00Z');

  // Clocks go forward in the night between the two.
  await expect
    .poll(() => due.map(({ dueAt }) => dueAt).toSorted(), { timeout: 15_000 })
    .toEqual(['2026-03-28T06:00:00.000Z', '2026-03-29T05:00:00.000Z']);
  expect(due[0]).toMatchObject({ scheduleId, times: '0 7 * * * Europe/Zurich' });
});
