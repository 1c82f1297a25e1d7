import { expect, test } from 'vitest';
import { parseOptions } from '../../../infra/stack/options.ts';

test('without options everything has its default', () => {
  expect(parseOptions([])).toEqual({
    ask: undefined,
    sample: true,
    detach: false,
    help: false,
    port: undefined,
    workers: 1,
  });
});

test('all options are understood', () => {
  const args = ['--ask', 'why?', '--no-sample', '--detach', '--port', '4000', '--workers', '3'];

  expect(parseOptions(args)).toMatchObject({
    ask: 'why?',
    sample: false,
    detach: true,
    port: 4000,
    workers: 3,
  });
});

test.each([
  [['--port', '70000'], '--port'],
  [['--port', 'http'], '--port'],
  [['--workers', '0'], '--workers'],
  [['--workers', '1.5'], '--workers'],
  [['--ask', ' '], '--ask'],
  [['--gpus', '1'], '--gpus'],
  [['now'], 'now'],
])('%j is refused by name', (args, name) => {
  expect(() => parseOptions(args)).toThrow(name);
});
