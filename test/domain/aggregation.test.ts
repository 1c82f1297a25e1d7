import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Vote } from '../../workflows/contract/outcomes.ts';
import {
  bestOf,
  contributionWeights,
  meanOf,
  mostCommon,
  weightsByConfidence,
} from '../../workflows/domain/aggregation.ts';
import { votesFor } from './votes.ts';

const sure = (positions: readonly number[], confidences: readonly number[], weights?: number[]) =>
  votesFor(positions, weights).map((vote, i) => ({ ...vote, confidence: confidences[i]! }));
const saying = (text: string, weight = 1, confidence = 0.5) => ({ text, weight, confidence });

describe('the most common answer', () => {
  test('has the most votes, or the most weight', () => {
    const votes = votesFor([2, 1, 1], [5, 1, 1]);

    expect(mostCommon(votes, 'votes')).toEqual({ position: 1, tie: null });
    expect(mostCommon(votes, 'weight')).toEqual({ position: 2, tie: null });
  });

  test('in a tie is the surer one, then that of the first seat; and the tie is told', () => {
    const bySureness = sure([3, 1, 1, 3], [0.4, 0.5, 0.6, 0.5]);
    const bySeat = sure([3, 1, 1, 3], [0.5, 0.5, 0.5, 0.5]);

    expect(mostCommon(bySureness, 'votes')).toEqual({
      position: 1,
      tie: { between: [1, 3], brokenBy: 'confidence' },
    });
    expect(mostCommon(bySeat, 'votes')).toEqual({
      position: 3,
      tie: { between: [3, 1], brokenBy: 'seat_order' },
    });
  });

  test('weights that differ by a rounding error are a tie', () => {
    const votes = sure([0, 0, 1], [0.1, 0.1, 0.9], [0.1, 0.2, 0.3]);

    expect(mostCommon(votes, 'weight')).toMatchObject({ tie: { brokenBy: 'confidence' } });
  });

  test('never has fewer votes than another, and does not depend on the numbers of the positions', () => {
    const positions = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(positions, (held) => {
        const { position } = mostCommon(votesFor(held), 'votes');
        const renumbered = mostCommon(votesFor(held.map((each) => 9 - each)), 'votes');

        const count = (of: number) => held.filter((each) => each === of).length;
        for (const other of held) expect(count(position)).toBeGreaterThanOrEqual(count(other));
        expect(renumbered.position).toBe(9 - position);
      }),
    );
  });

  test('is only reported as a tie where one was', () => {
    const votes = fc
      .array(fc.tuple(fc.integer({ min: 0, max: 2 }), fc.double({ min: 0, max: 1, noNaN: true })), {
        minLength: 1,
        maxLength: 9,
      })
      .map((all): Vote[] =>
        sure(
          all.map(([held]) => held),
          all.map(([, how]) => how),
        ),
      );
    fc.assert(
      fc.property(votes, (cast) => {
        const { tie } = mostCommon(cast, 'votes');
        const counts = [...Map.groupBy(cast, ({ position }) => position).values()].map(
          ({ length }) => length,
        );
        const most = Math.max(...counts);

        expect(tie?.between.length ?? 1).toBe(counts.filter((count) => count === most).length);
      }),
    );
  });
});

describe('numbers', () => {
  test('have a mean, and the standard deviation of all of them', () => {
    expect(meanOf([2, 4, 4, 4, 5, 5, 7, 9])).toEqual({ mean: 5, standardDeviation: 2 });
    expect(meanOf([7])).toEqual({ mean: 7, standardDeviation: 0 });
    // The root of 18.75, to 15 digits.
    expect(meanOf([10, 20], [3, 1])).toEqual({ mean: 12.5, standardDeviation: 4.33012701892219 });
  });

  test('keep all digits that they have, and get none from rounding', () => {
    expect(meanOf([0.1, 0.2, 0.3]).mean).toBe(0.2);
    expect(meanOf([1 / 3]).mean).toBe(1 / 3);
    expect(meanOf([1_764_633_612_345]).mean).toBe(1_764_633_612_345);
    expect(meanOf([1_234_567_890_123, 1_234_567_890_125]).mean).toBe(1_234_567_890_124);
    expect(meanOf([9_007_199_254_740_991, 9_007_199_254_740_989]).mean).toBe(9_007_199_254_740_990);
    expect(meanOf([1e100, 1e100])).toEqual({ mean: 1e100, standardDeviation: 0 });
  });

  test('have their mean between the least and the greatest', () => {
    const numbers = fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(numbers, (values) => {
        const { mean, standardDeviation } = meanOf(values);

        // To 15 digits of the greatest of them.
        const rounding = 1e-14 * Math.max(...values.map(Math.abs));
        expect(mean).toBeGreaterThanOrEqual(Math.min(...values) - rounding);
        expect(mean).toBeLessThanOrEqual(Math.max(...values) + rounding);
        expect(standardDeviation).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

const of = (reliability: number, confidence: number) => ({ reliability, confidence });

describe('the best answer', () => {
  test('is the surest, then that of the most reliable seat, then the first seat’s', () => {
    expect(bestOf([of(1, 0.2), of(1, 0.9), of(5, 0.8)])).toBe(1);
    expect(bestOf([of(1, 0.9), of(2, 0.9)])).toBe(1);
    expect(bestOf([of(1, 0.9), of(1, 0.9)])).toBe(0);
    expect(bestOf([of(0, 0)])).toBe(0);
    expect(bestOf([])).toBe(-1);
  });
});

describe('diversity', () => {
  const [same, other] = ['we should ship on monday', 'nobody is here to help'];

  test('takes weight from those who say what others say', () => {
    const answers = [saying(same), saying(same), saying(other)];

    expect(contributionWeights(answers, 0)).toEqual([1, 1, 1]);
    expect(contributionWeights(answers, 0.5)).toEqual([0.75, 0.75, 1]);
    expect(contributionWeights(answers, 1)).toEqual([0.5, 0.5, 1]);
  });

  test('leaves a seat its own weight where nobody else answered', () => {
    expect(contributionWeights([saying(same, 3)], 1)).toEqual([3]);
  });

  test('leaves nothing where all say the same and nothing else counts; then all count the same', () => {
    const weights = contributionWeights([saying(same), saying(same)], 1);

    expect(weights).toEqual([0, 0]);
    expect(weightsByConfidence([saying(same), saying(same)], weights)).toEqual([1, 1]);
  });

  test('never gives weight, and gives the same however the seats are ordered', () => {
    const answers = fc.array(
      fc.record({
        text: fc.constantFrom(same, other, 'we should ship on friday', ''),
        weight: fc.double({ min: 0, max: 10, noNaN: true }),
        confidence: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(answers, fc.double({ min: 0, max: 1, noNaN: true }), (all, d) => {
        const weights = contributionWeights(all, d);
        const reversed = contributionWeights(all.toReversed(), d).toReversed();

        for (const [i, weight] of weights.entries()) {
          expect(weight).toBeGreaterThanOrEqual(0);
          expect(weight).toBeLessThanOrEqual(all[i]!.weight + 1e-9);
          expect(weight).toBeCloseTo(reversed[i]!, 9);
        }
      }),
    );
  });

  test('a weight counts by the confidence', () => {
    const answers = [saying('', 1, 0.5), saying('', 1, 1)];

    expect(weightsByConfidence(answers, [4, 1])).toEqual([2, 1]);
  });
});
