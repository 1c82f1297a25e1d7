import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { automaticWeight, effectiveWeights, reliability } from '../../workflows/domain/weights.ts';

test('an agent without history is a little better than chance', () => {
  expect(reliability({ good: 0, judged: 0 })).toBe(0.6);
  expect(reliability({ good: 7, judged: 15 })).toBe(0.5);
});

test('reliability lies between 0 and 1 and rises with what was good', () => {
  fc.assert(
    fc.property(fc.nat(1_000), fc.nat(1_000), (good, bad) => {
      const before = reliability({ good, judged: good + bad });
      expect(before).toBeGreaterThan(0);
      expect(before).toBeLessThan(1);
      expect(reliability({ good: good + 1, judged: good + bad + 1 })).toBeGreaterThan(before);
    }),
  );
});

test.each([
  { p: 0.6, weight: Math.log(1.5) },
  { p: 0.5, weight: 0 },
  { p: 0.2, weight: 0 },
  { p: 0.95, weight: Math.log(19) },
  { p: 1, weight: Math.log(19) },
])('right with probability $p weighs $weight', ({ p, weight }) => {
  expect(automaticWeight(p)).toBeCloseTo(weight, 12);
});

test('where nobody has weight all count alike, else weights stay as they are', () => {
  expect(effectiveWeights([0, 0, 0])).toEqual([1, 1, 1]);
  expect(effectiveWeights([0, 0.4])).toEqual([0, 0.4]);
});
