import { describe, expect, test } from 'vitest';
import {
  chainRules,
  checkChainSeats,
} from '../../../../infra/executions/topologies/chain-rules.ts';
import { ChainConfig } from '../../../../workflows/contract/topologies.schema.ts';
import { rehearsingAgent } from '../../../support/work.ts';

const seats = (...slots: string[]) => slots.map((slot) => ({ slot, agentName: `agent-${slot}` }));
const workers = (n: number) => Array.from({ length: n }, (_, i) => `worker_${i + 1}`);
const standard = ChainConfig.parse({});
const paths = (config: ChainConfig, ...slots: string[]) =>
  checkChainSeats(config, seats(...slots), (field) => field).map(({ path }) => path);

describe('seats of a chain', () => {
  test('one at the top, one to eight on every other level', () => {
    expect(paths(standard, 'commander', 'lieutenant', 'worker')).toEqual([]);
    expect(paths(standard, 'commander_1', 'lieutenant_2', 'lieutenant', ...workers(8))).toEqual([]);
    expect(paths(standard, 'commander', 'lieutenant', ...workers(9))).toEqual(['members']);
    expect(paths(standard, 'commander', 'lieutenant')).toEqual(['members']);
    expect(paths(standard, 'commander_1', 'commander_2', 'lieutenant', 'worker')).toEqual([
      'members',
    ]);
    expect(paths(ChainConfig.parse({ authorityLevels: ['chief'] }), 'chief')).toEqual([]);
  });

  test('everything that is wrong is told at once', () => {
    expect(paths(standard, 'worker', 'worker', 'general')).toEqual([
      'members.1.slot',
      'members.2.slot',
      'members',
      'members',
    ]);
  });
});

const definition = (config: object, ...slots: string[]) => ({
  ...chainRules.plan(ChainConfig.parse(config), seats(...slots)),
  seats: slots.map((slot, position) => ({
    slot,
    position,
    weight: 1,
    agent: rehearsingAgent(`agent-${slot}`, { description: 'Careful.', maxTokens: 100 }),
  })),
  notices: [],
});

test('a superior is told who is below it, the lowest nobody', () => {
  const { seats: settled, notices } = chainRules.settle!(
    definition({}, 'commander', 'lieutenant', 'worker_1', 'worker_2'),
  );

  const briefs = settled.map(({ agent }) => agent.description);
  expect(briefs[0]).toBe(
    'Careful.\n\nYou hand work down to:\n- lieutenant: agent-lieutenant, critic. Careful.',
  );
  expect(briefs[1]).toContain('- worker_1: agent-worker_1, critic. Careful.\n- worker_2');
  expect(briefs[2]).toBe('Careful.');
  expect(notices).toEqual([]);
});

test('levels that work never comes down to are told of', () => {
  const shallow = definition({ maxDelegationDepth: 1 }, 'commander', 'lieutenant', 'worker');

  expect(chainRules.settle!(shallow).notices).toEqual([
    'Work is handed down 1 time at most (maxDelegationDepth): nothing comes to worker.',
  ]);
});

test('the estimate counts every part, every second chance and every merge', () => {
  const input = { hasOptions: false, itemCount: 0 };
  const calls = (config: object, ...slots: string[]) =>
    chainRules
      .turns(definition(config, ...slots), input)
      .reduce((sum, { count }) => sum + count, 0);

  expect(calls({ authorityLevels: ['a'] }, 'a')).toBe(1);
  // A plan, 8 parts, each with guidance, once more and taken over, the merge.
  expect(calls({ authorityLevels: ['a', 'b'] }, 'a', 'b')).toBe(1 + 8 + 8 + 8 + 8 + 1);
  expect(calls({}, 'commander', 'lieutenant', 'worker')).toBe(2 + 8 + 64 + 8 + 3 * 72);
});
