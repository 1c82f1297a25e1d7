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

test('a time that the clocks skip has no start that day, and one that they repeat has one', async ({
  stage,
}) => {
  const { due, backfill } = await stage.schedule('30 2 * * *', 'Europe/Zurich');

  await backfill('2026-03-28T12:00:00Z', '2026-03-30T12:00:00Z');
  await backfill('2026-10-24T12:00:00Z', '2026-10-26T12:00:00Z');

  await expect
    .poll(() => due.map(({ dueAt }) => dueAt).toSorted(), { timeout: 15_000 })
    .toEqual(['2026-03-30T00:30:00.000Z', '2026-10-25T01:30:00.000Z', '2026-10-26T01:30:00.000Z']);
});
