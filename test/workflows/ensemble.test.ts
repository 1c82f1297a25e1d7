import { describe, expect } from 'vitest';
import type { EnsemblePlan } from '../../workflows/contract/plans.ts';
import type { Line } from './memory-activities.ts';
import { test } from './fixtures.ts';
import { endingOf, outcomeAs } from './stage.ts';

const SAID = { option: null } as const;
const ABSTAIN = { abstained: true } as const;
const lost = { fails: 'model_unavailable' } as const;

const plan = (config: Partial<EnsemblePlan['config']> = {}): EnsemblePlan => ({
  workflow: 'ensemble',
  config: { aggregationMethod: 'vote', diversityWeight: 0.3, failureThreshold: 0.5, ...config },
  synthesizerSlot: config.aggregationMethod === 'synthesis' ? 'synthesizer' : null,
});
const members = (...said: Line[]): Record<string, Line[]> =>
  Object.fromEntries(said.map((line, i) => [`member_${i + 1}`, [line]]));
const everyone = (count: number, line: Line = SAID) => Array.from({ length: count }, () => line);

test('all answer without hearing each other, numbered in seat order', async ({ stage }) => {
  const play = await stage.play(plan(), { lines: members(0, 1, 1), optionCount: 2 });

  expect(await outcomeAs('ensemble', play)).toEqual({
    kind: 'ensemble',
    sequences: [1, 2, 3],
    failed: [],
    synthesisSequence: null,
  });
  for (const { hears, ask } of play.rows.asked) {
    expect(hears).toEqual({ before: 1 });
    expect(ask).toEqual({ kind: 'contribute', method: 'vote' });
  }
});

test('one seat is enough', async ({ stage }) => {
  const outcome = await outcomeAs('ensemble', await stage.play(plan(), { lines: members(SAID) }));

  expect(outcome.sequences).toEqual([1]);
});

test('200 seats answer, never more than 50 at a time', async ({ stage }) => {
  const line = { option: 0, held: true } as const;
  const play = await stage.play(plan(), { lines: members(...everyone(200, line)), optionCount: 2 });

  await expect.poll(() => play.rows.asked.length, { timeout: 15_000 }).toBe(50);
  for (let i = 1; i <= 200; i++) play.rows.release(`member_${i}`);
  const outcome = await outcomeAs('ensemble', play);

  expect(outcome.sequences).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
  expect(play.rows.asked).toHaveLength(200);
}, 60_000);

describe('seats that fail', () => {
  test('exactly the threshold may, one more may not', async ({ stage }) => {
    const half = plan({ failureThreshold: 0.5 });

    const fine = await stage.play(half, { lines: members(SAID, lost, SAID, lost) });
    const tooMany = await stage.play(half, { lines: members(SAID, lost, lost) });

    expect(await outcomeAs('ensemble', fine)).toMatchObject({
      sequences: [1, 3],
      failed: [
        { slot: 'member_2', code: 'model_unavailable' },
        { slot: 'member_4', code: 'model_unavailable' },
      ],
    });
    expect(await endingOf(tooMany)).toMatchObject({
      state: 'failed',
      code: 'too_many_failures',
      message: expect.stringContaining('2 of 3 seats') as unknown,
    });
  });

  test('none may at 0, and all of them never', async ({ stage }) => {
    const [strict, lax] = await Promise.all([
      stage.play(plan({ failureThreshold: 0 }), { lines: members(SAID, SAID, lost) }),
      stage.play(plan({ failureThreshold: 1 }), { lines: members(lost, lost) }),
    ]);

    expect(await endingOf(strict)).toMatchObject({ code: 'too_many_failures' });
    expect(await endingOf(lax)).toMatchObject({ code: 'too_many_failures' });
  });

  test('all but one may at 1', async ({ stage }) => {
    const play = await stage.play(plan({ failureThreshold: 1 }), { lines: members(lost, SAID) });

    expect((await outcomeAs('ensemble', play)).sequences).toEqual([2]);
  });

  test('the end of the budget is the end, whatever may fail', async ({ stage }) => {
    const lines = members(SAID, { fails: 'budget_exhausted' });

    const ending = await endingOf(await stage.play(plan({ failureThreshold: 1 }), { lines }));

    expect(ending).toMatchObject({ state: 'failed', code: 'budget_exhausted' });
  });
});

describe('a synthesis', () => {
  const synthesis = plan({ aggregationMethod: 'synthesis' });

  test('hears all answers and may cite those who gave one', async ({ stage }) => {
    const lines = { ...members(SAID, lost, ABSTAIN, SAID), synthesizer: [SAID] };

    const play = await stage.play(synthesis, { lines });

    expect(await outcomeAs('ensemble', play)).toMatchObject({
      sequences: [1, 4],
      synthesisSequence: 5,
    });
    expect(play.rows.asked.at(-1)).toMatchObject({
      slot: 'synthesizer',
      round: 2,
      ask: { kind: 'synthesize', slots: ['member_1', 'member_4'], diversity: 0.3 },
      hears: { before: 5, rounds: { from: 1, to: 1 }, data: true },
    });
  });

  test('is not asked for where all abstained', async ({ stage }) => {
    const lines = { ...members(ABSTAIN, ABSTAIN), synthesizer: [] };

    const outcome = await outcomeAs('ensemble', await stage.play(synthesis, { lines }));

    expect(outcome).toEqual({
      kind: 'ensemble',
      sequences: [],
      failed: [],
      synthesisSequence: null,
    });
  });

  test('that fails ends the execution, and says why', async ({ stage }) => {
    const lines = { ...members(SAID), synthesizer: [{ fails: 'invalid_output' as const }] };

    const ending = await endingOf(await stage.play(synthesis, { lines }));

    expect(ending).toMatchObject({ state: 'failed', code: 'invalid_output' });
  });
});
