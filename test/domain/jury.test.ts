import { expect, test } from 'vitest';
import { decide } from '../../workflows/domain/consensus.ts';
import { automaticWeight } from '../../workflows/domain/weights.ts';
import { votesFor } from './votes.ts';

/** Condorcet's jury: independent voters between a right position (0) and a wrong one (1). */
const TRIALS = 20_000;

test('a majority of voters who are right with 0.6 is right as often as theory says', () => {
  const random = seeded(1);
  for (const n of [3, 7, 15]) {
    const share = shareRight(Array<number>(n).fill(0.6), 'majority', random);
    const expected = majorityIsRight(n, 0.6);
    const standardError = Math.sqrt((expected * (1 - expected)) / TRIALS);

    expect(Math.abs(share - expected)).toBeLessThan(3 * standardError);
  }
});

test('more voters who are better than chance are right more often', () => {
  const random = seeded(2);
  const shares = [3, 11, 31].map((n) => shareRight(Array<number>(n).fill(0.6), 'majority', random));

  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
});

test('where voters differ, automatic weights are right more often than heads', () => {
  const random = seeded(3);
  const unequal = [0.9, 0.85, 0.55, 0.55, 0.55];

  const weighted = shareRight(unequal, 'weighted', random);
  const byHeads = shareRight(unequal, 'majority', random);

  const standardError = Math.sqrt(0.25 / TRIALS) * Math.SQRT2;
  expect(weighted - byHeads).toBeGreaterThan(3 * standardError);
});

/** How often the decision is right, in `TRIALS` votes cast through the engine's own functions. */
function shareRight(
  competence: readonly number[],
  method: 'majority' | 'weighted',
  random: () => number,
): number {
  const weights = competence.map(automaticWeight);
  let right = 0;
  for (let i = 0; i < TRIALS; i++) {
    const held = competence.map((p) => (random() < p ? 0 : 1));
    if (decide(votesFor(held, weights), method) === 0) right += 1;
  }
  return right / TRIALS;
}

/** Sum of the binomial's upper half, for odd `n`. */
function majorityIsRight(n: number, p: number): number {
  let sum = 0;
  let choose = 1;
  for (let wrong = 0; wrong < n / 2; wrong++) {
    sum += choose * p ** (n - wrong) * (1 - p) ** wrong;
    choose = (choose * (n - wrong)) / (wrong + 1);
  }
  return sum;
}

/** Mulberry32: numbers of [0, 1) that are the same in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
