import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { agreement, decide, endsEarly, settle, tally } from '../../workflows/domain/consensus.ts';
import { CONSENSUS_METHODS } from '../../workflows/domain/enums.ts';
import { votesFor } from './votes.ts';

const positions = fc.array(fc.nat({ max: 4 }), { minLength: 2, maxLength: 50 });
const method = fc.constantFrom(...CONSENSUS_METHODS);
const voting = fc.constantFrom('majority', 'unanimous', 'weighted', 'first_agree');
const rules = {
  consensusMethod: 'majority',
  convergenceThreshold: 0.8,
  allowEarlyTermination: true,
} as const;

describe('what each method finds', () => {
  test.each([
    { method: 'majority', held: [0, 0, 1], found: 0 },
    { method: 'majority', held: [0, 0, 1, 1], found: null },
    { method: 'majority', held: [0, 0, 1, 2], found: null },
    { method: 'unanimous', held: [3, 3, 3], found: 3 },
    { method: 'unanimous', held: [3, 3, 1], found: null },
    { method: 'first_agree', held: [0, 1, 2, 1, 0], found: 1 },
    { method: 'first_agree', held: [0, 1, 2], found: null },
    { method: 'mediator', held: [1, 1, 1], found: null },
    { method: 'majority', held: [1], found: null },
    { method: 'unanimous', held: [1], found: null },
    { method: 'majority', held: [], found: null },
  ] as const)('$method of $held → $found', ({ method: by, held, found }) => {
    expect(decide(votesFor(held), by)).toBe(found);
  });

  test.each([
    { held: [0, 1, 1], weights: [3, 1, 1], found: 0 },
    { held: [0, 1, 1], weights: [2, 1, 1], found: null },
    // 0.1 + 0.2 is a hair more than 0.3, but no more weight
    { held: [0, 1, 1], weights: [0.3, 0.1, 0.2], found: null },
    { held: [0, 1, 1], weights: [0, 0, 0], found: 1 },
    { held: [0, 1], weights: [0, 0.5], found: 1 },
  ])('weighted: $held with $weights → $found', ({ held, weights, found }) => {
    expect(decide(votesFor(held, weights), 'weighted')).toBe(found);
  });

  test('a position that all hold carries under every method that votes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 50 }), fc.nat({ max: 9 }), voting, (n, held, by) => {
        expect(decide(votesFor(Array<number>(n).fill(held)), by)).toBe(held);
      }),
    );
  });

  test('the order of the votes makes no difference but to first_agree', () => {
    const shuffled = positions.chain((held) =>
      fc.tuple(fc.constant(held), fc.shuffledSubarray(held, { minLength: held.length })),
    );
    fc.assert(
      fc.property(shuffled, method, ([held, other], by) => {
        fc.pre(by !== 'first_agree');
        expect(decide(votesFor(other), by)).toBe(decide(votesFor(held), by));
      }),
    );
  });

  test('equal weights decide as heads do', () => {
    fc.assert(
      fc.property(positions, fc.double({ min: 1e-6, max: 1e6, noNaN: true }), (held, weight) => {
        const weighted = votesFor(held, Array<number>(held.length).fill(weight));
        expect(decide(weighted, 'weighted')).toBe(decide(votesFor(held), 'majority'));
      }),
    );
  });

  test('one more vote for the winner never unseats it', () => {
    fc.assert(
      fc.property(positions, fc.constantFrom('majority', 'unanimous', 'weighted'), (held, by) => {
        const found = decide(votesFor(held), by);
        fc.pre(found !== null);
        expect(decide(votesFor([...held, found]), by)).toBe(found);
      }),
    );
  });
});

describe('the tally', () => {
  test('counts every vote once, strongest first', () => {
    fc.assert(
      fc.property(positions, method, (held, by) => {
        const standings = tally(votesFor(held), by);

        expect(standings.reduce((sum, { votes }) => sum + votes, 0)).toBe(held.length);
        for (const { position, votes } of standings)
          expect(votes).toBe(held.filter((other) => other === position).length);
        const sizes = standings.map(({ votes }) => votes);
        expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
      }),
    );
  });

  test('goes by weight under weighted', () => {
    const votes = votesFor([0, 1, 1], [5, 1, 1]);

    expect(tally(votes, 'weighted')).toEqual([
      { position: 0, votes: 1, weight: 5 },
      { position: 1, votes: 2, weight: 2 },
    ]);
    expect(tally(votes, 'majority').map(({ position }) => position)).toEqual([1, 0]);
  });
});

describe('agreement', () => {
  test('is the share of the largest group, by weight only under weighted', () => {
    const votes = votesFor([0, 1, 1], [8, 1, 1]);

    expect(agreement(votes, 'majority')).toBe(2 / 3);
    expect(agreement(votes, 'weighted')).toBe(0.8);
    expect(agreement([], 'majority')).toBe(0);
  });

  test('hits exactly every threshold that is written as its own fraction', () => {
    const share = fc
      .integer({ min: 1, max: 50 })
      .chain((n) => fc.tuple(fc.integer({ min: Math.floor(n / 2) + 1, max: n }), fc.constant(n)));
    fc.assert(
      fc.property(share, ([k, n]) => {
        fc.pre(n >= 2);
        const votes = votesFor(Array.from({ length: n }, (_, i) => (i < k ? 0 : 1)));
        const at = (convergenceThreshold: number) =>
          endsEarly(votes, { ...rules, convergenceThreshold });

        expect(at(Number((k / n).toString()))).toEqual({ decidedBy: 'method', position: 0 });
        expect(at(k / n + Number.EPSILON)).toBeNull();
      }),
    );
  });

  test.each([
    { held: [0, 0, 1], threshold: 0.6666666666666666, ends: true },
    { held: [0, 0, 1], threshold: 0.6667, ends: false },
    { held: [0, 0, 0, 1, 1], threshold: 0.6, ends: true },
    {
      held: [...Array<number>(55).fill(0), ...Array<number>(45).fill(1)],
      threshold: 0.55,
      ends: true,
    },
    { held: [0, 0, 0], threshold: 1, ends: true },
  ])('$threshold', ({ held, threshold, ends }) => {
    const verdict = endsEarly(votesFor(held), { ...rules, convergenceThreshold: threshold });
    expect(verdict !== null).toBe(ends);
  });

  test('weights that add up to the threshold reach it', () => {
    const votes = votesFor([0, 0, 0, 1], [0.1, 0.2, 0.3, 0.4]);
    const weighted = { ...rules, consensusMethod: 'weighted', convergenceThreshold: 0.6 } as const;

    expect(endsEarly(votes, weighted)).toEqual({ decidedBy: 'method', position: 0 });
  });
});

describe('when a debate ends without asking a mediator', () => {
  test('enough agreement is not enough where the method is not satisfied', () => {
    const votes = votesFor([0, 0, 0, 0, 1]);
    const unanimous = { ...rules, consensusMethod: 'unanimous' } as const;

    expect(agreement(votes, 'unanimous')).toBe(0.8);
    expect(endsEarly(votes, unanimous)).toBeNull();
  });

  test('a satisfied method waits for enough agreement until the last round', () => {
    const votes = votesFor([0, 0, 1]);

    expect(endsEarly(votes, rules)).toBeNull();
    expect(settle(votes, rules)).toEqual({ decidedBy: 'method', position: 0 });
  });

  test('nothing but first_agree ends early where that is not allowed', () => {
    const never = { ...rules, allowEarlyTermination: false };
    fc.assert(
      fc.property(positions, method, (held, consensusMethod) => {
        const verdict = endsEarly(votesFor(held), { ...never, consensusMethod });
        expect(verdict).toEqual(
          consensusMethod === 'first_agree'
            ? settle(votesFor(held), { ...never, consensusMethod })
            : null,
        );
      }),
    );
  });

  test('under mediator, agreement ends it', () => {
    const mediated = { ...rules, consensusMethod: 'mediator' } as const;
    const agreed = { decidedBy: 'agreement', position: 2 };

    expect(endsEarly(votesFor([2, 2, 2, 2, 1]), mediated)).toEqual(agreed);
    expect(settle(votesFor([2, 2, 2, 2, 1]), mediated)).toEqual(agreed);
    expect(settle(votesFor([2, 2, 2, 1]), mediated)).toBeNull();
  });

  test('a tie is no consensus, however low the threshold', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 10 }), method, (n, consensusMethod) => {
        const apart = votesFor(Array.from({ length: n }, (_, i) => i));
        const low = { ...rules, consensusMethod, convergenceThreshold: 0 };
        expect(endsEarly(apart, low)).toBeNull();
        expect(settle(apart, low)).toBeNull();
      }),
    );
  });
});
