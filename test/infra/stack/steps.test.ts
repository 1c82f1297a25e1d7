import { expect, test } from 'vitest';
import { explain, step } from '../../../infra/stack/steps.ts';

test('a step says what it was and how long it took, also when it fails', async () => {
  const said: string[] = [];
  const say = (line: string) => void said.push(line);

  await expect(step(say, 'database', () => Promise.resolve(7))).resolves.toBe(7);
  await expect(step(say, 'schema', () => Promise.reject(new Error('no')))).rejects.toThrow('no');

  expect(said[0]).toMatch(/✓ database \(\d+\.\d s\)/);
  expect(said[1]).toMatch(/✗ schema/);
});

test('an error is told with its causes, each once, and with what can be done', () => {
  const full = Object.assign(new Error('write failed'), { code: 'ENOSPC' });
  const error = new Error('PostgreSQL did not start', {
    cause: new AggregateError([full, new Error('write failed')], 'two reasons'),
  });

  const text = explain(error);

  expect(text).toBe(
    'PostgreSQL did not start\n  because: two reasons\n  because: write failed\nThe disk is full: make room, then run this again.',
  );
});

test('what is no error at all is told as it is', () => {
  expect(explain('nothing')).toBe('nothing');
});
