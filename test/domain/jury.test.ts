import { describe, expect, test } from 'vitest';
import { decide } from '../../workflows/domain/consensus.ts';
import { automaticWeight } from '../../workflows/domain/weights.ts';
import { seeded } from '../support/seeded.ts';
import { votesFor } from './votes.ts';

/** Condorcet's jury: independent voters between a right position (0) and a wrong one (1). */
const TRIALS = 10_000;

describe('equal voters', () => {
  test.for([3, 5, 7, 11].flatMap((n) => [0.6, 0.7].map((p): [number, number] => [n, p])))(
    '%d who are right with %d are right together as often as the binomial says',
    ([n, p]) => {
      const share = shareRight(Array<number>(n).fill(p), 'majority', seeded(n * 100 + p * 10));

      const expected = majorityIsRight(n, p);
      const standardError = Math.sqrt((expected * (1 - expected)) / TRIALS);
      expect(Math.abs(share - expected)).toBeLessThan(3 * standardError);
      expect(expected).toBeGreaterThan(p);
    },
  );
});

const UNEQUAL = [
  [0.9, 0.85, 0.55, 0.55, 0.55],
  [0.95, 0.6, 0.6],
  [0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.51],
  [0.9, 0.8, 0.7, 0.7, 0.6, 0.6, 0.6, 0.55, 0.55, 0.55, 0.5],
  [0.99, 0.9, 0.6, 0.6, 0.6], // the weight of the first is held at that of 0.95
];

describe('where voters differ', () => {
  test('automatic weights are right more often than heads, in simulated votes', () => {
    const unequal = UNEQUAL[0]!;

    const weighted = shareRight(unequal, 'weighted', seeded(3));
    const byHeads = shareRight(unequal, 'majority', seeded(4));

    const standardError = Math.sqrt(0.25 / TRIALS) * Math.SQRT2;
    expect(weighted - byHeads).toBeGreaterThan(3 * standardError);
  });

  test.for(UNEQUAL.map((each): [readonly number[]] => [each]))(
    '%j: never worse than heads, and within 1 %% of the best rule there is',
    ([competence]) => {
      const weighted = exactlyRight(competence, 'weighted');
      const byHeads = exactlyRight(competence, 'majority');
      const best = bestPossible(competence);

      expect(best).toBeLessThanOrEqual(1);
      expect(weighted).toBeLessThanOrEqual(best + 1e-12);
      expect(weighted).toBeGreaterThanOrEqual(0.99 * best);
      expect(weighted).toBeGreaterThan(byHeads);
    },
  );
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

/** How often the engine's decision is right, over every way in which the votes can fall; a tie is right half the time. */
function exactlyRight(competence: readonly number[], method: 'majority' | 'weighted'): number {
  const weights = competence.map(automaticWeight);
  return sumOverPatterns(competence, (held, ifRight) => {
    const decided = decide(votesFor(held, weights), method);
    return decided === null ? ifRight / 2 : decided === 0 ? ifRight : 0;
  });
}

/** What nobody can beat who knows how good each voter is: in each pattern the position that is more likely the right one. */
const bestPossible = (competence: readonly number[]): number =>
  sumOverPatterns(competence, (_held, ifRight, ifWrong) => Math.max(ifRight, ifWrong) / 2);

/** `ifRight`: how likely the pattern is where position 0 is right; `ifWrong`: where 1 is. */
function sumOverPatterns(
  competence: readonly number[],
  value: (held: readonly number[], ifRight: number, ifWrong: number) => number,
): number {
  let sum = 0;
  for (let bits = 0; bits < 2 ** competence.length; bits++) {
    const held = competence.map((_, i) => (bits >> i) & 1);
    const likely = (right: number): number =>
      held.reduce(
        (all, vote, i) => all * (vote === right ? competence[i]! : 1 - competence[i]!),
        1,
      );
    sum += value(held, likely(0), likely(1));
  }
  return sum;
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
