import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SEEDED_BUGS } from '../../faults/seeded-bugs.ts';

test.for(SEEDED_BUGS)('there is one place for the bug "$name"', ({ file, from, to, tests }) => {
  expect(readFileSync(file, 'utf8').split(from)).toHaveLength(2);
  expect(to).not.toBe(from);
  for (const each of tests) expect(existsSync(each), each).toBe(true);
});
