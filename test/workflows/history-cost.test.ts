import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { expect } from 'vitest';
import { test } from './fixtures.ts';
import type { Performance } from './stage.ts';

type Event = NonNullable<
  NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>[number]
>;

const another = { anotherRound: true } as const;

const late = { option: 1, held: true } as const;

/** Every round: the mediator alone speaks after the others and asks for another. */
const play = {
  lines: {
    debater_1: [0, 0, 0, 0],
    debater_2: [late, late, late, late],
    mediator: [another, another, another, 0],
  },
  config: { consensusMethod: 'mediator', maxRounds: 4 },
} as const;

/**
 * Holds a debate to its end, its second debater always after the first was taken note of: two answers that shared a
 * workflow task would make turns seem cheaper.
 */
async function perform({ handle, rows }: Performance): Promise<void> {
  const over = handle.result().then(() => true);
  for (let released = 0; !(await Promise.race([over, sleep(10, false)]));) {
    const { raw } = await handle.describe();
    const isNoted = raw.pendingActivities?.length === 1 && !raw.pendingWorkflowTask;
    const asked = rows.asked.filter(({ slot }) => slot === 'debater_2').length;
    if (!isNoted || asked === released) continue;
    rows.release('debater_2');
    released += 1;
  }
}

test('a turn after another costs six events and one workflow task', async ({ stage }) => {
  const performance = await stage.debate(play);
  const { handle } = performance;
  await perform(performance);
  const { events } = await handle.fetchHistory();

  const all = events ?? [];
  const asked = all.findIndex((event) => summaryOf(event) === 'round 2: mediator decides');
  const next = all.findIndex((event) => summaryOf(event) === 'round 3: debater_1');

  expect(asked).toBeGreaterThan(0);
  expect(next - asked).toBe(6);
  expect(all.slice(asked, next).filter(isWorkflowTask)).toHaveLength(1);
});

test('turns in parallel cost no more, and a turn adds at most 4 KiB', async ({ stage }) => {
  const sizes = await Promise.all(
    [1, 4].map(async (maxRounds) => {
      const performance = await stage.debate({ ...play, config: { ...play.config, maxRounds } });
      const { handle, rows } = performance;
      await perform(performance);
      const { historySize, historyLength } = await handle.describe();
      return { bytes: Number(historySize), events: historyLength, turns: rows.asked.length };
    }),
  );

  const [short, long] = sizes as [(typeof sizes)[0], (typeof sizes)[0]];
  const turns = long.turns - short.turns;
  expect(turns).toBe(9);
  expect((long.events - short.events) / turns).toBeLessThanOrEqual(6);
  expect(long.bytes).toBeGreaterThan(0);
  expect((long.bytes - short.bytes) / turns).toBeLessThanOrEqual(4 * 1024);
});

function summaryOf(event: Event): unknown {
  const data = event.userMetadata?.summary?.data;
  return data ? JSON.parse(Buffer.from(data).toString()) : undefined;
}

const isWorkflowTask = (event: Event): boolean =>
  event.workflowTaskStartedEventAttributes !== null &&
  event.workflowTaskStartedEventAttributes !== undefined;
