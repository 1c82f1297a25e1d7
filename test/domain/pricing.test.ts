import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { callCostUsd, isPriced, worstCaseUsd } from '../../workflows/domain/pricing.ts';

const price = fc
  .integer({ min: 0, max: 10 ** 9 })
  .map((micros) => `${Math.floor(micros / 1e6)}.${String(micros % 1e6).padStart(6, '0')}`);
const prices = fc.record({
  inputUsdPerMtok: price,
  outputUsdPerMtok: price,
  cachedUsdPerMtok: fc.option(price),
});
const count = fc.nat(10_000_000);
const micros = (usd: string): bigint => BigInt(usd.replace('.', ''));

test.each([
  { input: 1_000_000, cached: 0, output: 0, expected: '2.500000' },
  { input: 0, cached: 0, output: 1_000_000, expected: '10.000000' },
  { input: 1_000, cached: 400, output: 200, expected: '0.004000' },
  { input: 1, cached: 0, output: 0, expected: '0.000003' },
  { input: 0, cached: 0, output: 0, expected: '0.000000' },
])('$input in ($cached cached), $output out cost $expected', ({ expected, ...tokens }) => {
  const gpt = { inputUsdPerMtok: '2.50', outputUsdPerMtok: '10', cachedUsdPerMtok: '1.25' };

  expect(callCostUsd(gpt, tokens)).toBe(expected);
});

test('cost is exact where floating point is not', () => {
  const odd = { inputUsdPerMtok: '0.1', outputUsdPerMtok: '0.2', cachedUsdPerMtok: null };

  expect(callCostUsd(odd, { input: 3_000_000, cached: 0, output: 0 })).toBe('0.300000');
  expect(
    callCostUsd(
      { ...odd, inputUsdPerMtok: '99999999.999999' },
      { input: 9_007_199_254_740_991, cached: 0, output: 0 },
    ),
  ).toBe('900719925474090092.800745');
});

test('cost grows with tokens and has six places', () => {
  fc.assert(
    fc.property(prices, count, count, count, (of, input, output, more) => {
      const less = callCostUsd(of, { input, cached: 0, output });

      expect(less).toMatch(/^\d+\.\d{6}$/);
      expect(
        micros(callCostUsd(of, { input: input + more, cached: 0, output })),
      ).toBeGreaterThanOrEqual(micros(less));
    }),
  );
});

test('no call costs more than its worst case', () => {
  fc.assert(
    fc.property(
      prices,
      count,
      count,
      fc.double({ min: 0, max: 1, noNaN: true }),
      (of, input, output, share) => {
        const worst = micros(worstCaseUsd(of, { input, output }));
        const used = Math.floor(input * share);

        const cost = callCostUsd(of, {
          input: used,
          cached: Math.floor(used * share),
          output: Math.floor(output * share),
        });

        expect(micros(cost)).toBeLessThanOrEqual(worst);
      },
    ),
  );
});

test('a model without prices is not priced, and costs nothing', () => {
  const unknown = { inputUsdPerMtok: null, outputUsdPerMtok: null, cachedUsdPerMtok: null };

  expect(isPriced(unknown)).toBe(false);
  expect(isPriced({ ...unknown, inputUsdPerMtok: '0', outputUsdPerMtok: '0' })).toBe(true);
  expect(callCostUsd(unknown, { input: 10, cached: 0, output: 10 })).toBe('0.000000');
});

test('what is not an amount is refused', () => {
  const bad = { inputUsdPerMtok: '1e3', outputUsdPerMtok: '1', cachedUsdPerMtok: null };

  expect(() => callCostUsd(bad, { input: 1, cached: 0, output: 1 })).toThrow('not an amount');
});
