import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { cached } from '../../../infra/telemetry/cached.ts';

test('who asks within the time gets the same answer, who asks later a new one', async () => {
  let reads = 0;
  const read = cached(async () => ++reads, 40);

  const together = await Promise.all([read(), read()]);
  await sleep(60);
  const later = await read();

  expect(together).toEqual([1, 1]);
  expect(later).toBe(2);
});

test('a failure is not kept', async () => {
  let reads = 0;
  const read = cached(async () => {
    reads += 1;
    if (reads === 1) throw new Error('away');
    return reads;
  }, 60_000);

  await expect(read()).rejects.toThrow('away');

  expect(await read()).toBe(2);
});
