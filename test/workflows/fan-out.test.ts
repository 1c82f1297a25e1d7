import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { fanOut } from '../../workflows/support/fan-out.ts';

const numbers = Array.from({ length: 120 }, (_, i) => i);

test('at most 50 are in flight, begun in order, and the results are in order', async () => {
  let inFlight = 0;
  let most = 0;
  const begun: number[] = [];

  const results = await fanOut(numbers, async (n) => {
    begun.push(n);
    most = Math.max(most, ++inFlight);
    await turn();
    inFlight -= 1;
    return -n;
  });

  expect(most).toBe(50);
  expect(begun).toEqual(numbers);
  expect(results).toEqual(numbers.map((n) => -n));
});

test('one that throws is heard of only when all have ended', async () => {
  let ended = 0;

  const failed = fanOut([1, 2, 3], async (n) => {
    if (n === 1) throw new Error('first');
    await turn();
    ended += 1;
    if (n === 2) throw new Error('second');
  });

  await expect(failed).rejects.toThrow('first');
  expect(ended).toBe(2);
});
