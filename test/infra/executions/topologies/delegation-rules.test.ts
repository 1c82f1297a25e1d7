import { describe, expect, test } from 'vitest';
import {
  checkDelegationSeats,
  delegationRules,
} from '../../../../infra/executions/topologies/delegation-rules.ts';
import { DelegationConfig } from '../../../../workflows/contract/topologies.schema.ts';
import { estimate } from '../../../../infra/executions/estimate.ts';
import { rehearsingAgent } from '../../../support/work.ts';

const specialists = (n: number) => Array.from({ length: n }, (_, i) => `specialist_${i + 1}`);
const written = (slots: readonly string[]) =>
  slots.map((slot) => ({ slot, agentName: `agent-${slot}` }));
const standard = DelegationConfig.parse({});
const paths = (...slots: string[]) =>
  checkDelegationSeats(standard, written(slots), (field) => field).map(({ path }) => path);

describe('seats of a delegation', () => {
  test('a coordinator and 1 to 50 specialists', () => {
    expect(paths('coordinator', ...specialists(1))).toEqual([]);
    expect(paths(...specialists(50), 'coordinator')).toEqual([]);
    expect(paths('coordinator')).toEqual(['members']);
    expect(paths('coordinator', ...specialists(51))).toEqual(['members']);
    expect(paths(...specialists(2))).toEqual(['members']);
  });

  test('everything that is wrong is told at once', () => {
    expect(paths('coordinator', 'coordinator', 'specialist', 'fallback')).toEqual([
      'members.1.slot',
      'members.2.slot',
      'members.3.slot',
      'members',
    ]);
  });
});

const named = (fallbackAgentName: string) => DelegationConfig.parse({ fallbackAgentName });
const counts = (config: object) => delegationRules.countsWork!(DelegationConfig.parse(config));

describe('the fallback', () => {
  const seats = written(['coordinator', 'specialist_1']);

  test('is a slot, else the agent in a seat, else an agent who gets a seat', () => {
    const slotOf = (name: string) => delegationRules.plan(named(name), seats).fallbackSlot;

    expect(slotOf('specialist_1')).toBe('specialist_1');
    expect(slotOf('Agent-Specialist_1')).toBe('specialist_1');
    expect(slotOf('max')).toBe('fallback');
    expect(delegationRules.plan(standard, seats).fallbackSlot).toBeNull();
    expect(delegationRules.named!(named('max'), seats)).toEqual([
      { path: 'config.fallbackAgentName', agent: 'max', slot: 'fallback' },
    ]);
    expect(delegationRules.named!(named('specialist_1'), seats)).toEqual([]);
  });
});

test('open work elsewhere counts where it decides', () => {
  expect(counts({})).toBe(true);
  expect(counts({ loadBalance: false })).toBe(false);
  expect(counts({ loadBalance: false, routingStrategy: 'least_loaded' })).toBe(true);
});

const definition = (config: object, ...slots: string[]) => ({
  ...delegationRules.plan(DelegationConfig.parse(config), written(slots)),
  seats: slots.map((slot, position) => ({
    slot,
    position,
    weight: 1,
    agent: rehearsingAgent(`agent-${slot}`, {
      maxTokens: 100,
      capabilities: [
        { name: slot, version: '1.0.0', config: {}, enabled: true, proficiency: 0.5 },
        { name: 'off', version: '1.0.0', config: {}, enabled: false, proficiency: 0.5 },
      ],
    }),
  })),
  notices: [],
});

test('the coordinator is told who can do what, and may ask for what the specialists can alone', () => {
  const { seats, notices } = delegationRules.settle!(
    definition({}, 'specialist_2', 'coordinator', 'specialist_1'),
  );

  expect(seats[1]!.agent.description).toBe(
    'Your specialists:\n- specialist_2: agent-specialist_2, critic. Can: specialist_2.\n- specialist_1: agent-specialist_1, critic. Can: specialist_1.',
  );
  expect(seats[1]!.agent.teamCapabilities).toEqual(['specialist_1', 'specialist_2']);
  expect(seats[0]!.agent.teamCapabilities).toBeUndefined();
  expect(notices).toEqual([]);
});

test('recommended says that there is no recommender yet', () => {
  const { notices } = delegationRules.settle!(
    definition({ routingStrategy: 'recommended' }, 'coordinator', 'specialist_1'),
  );

  expect(notices).toEqual([
    'There is no recommender yet: items are routed by capability_match instead of recommended.',
  ]);
});

test.each([
  { config: {}, itemCount: 3, calls: 3 + 3 + 1 },
  { config: {}, itemCount: 0, calls: 1 + 20 + 20 + 1 },
  { config: { routingStrategy: 'broadcast' }, itemCount: 3, calls: 3 + 3 + 1 },
  // Both specialists, then one of them once more, now as the fallback.
  { config: { fallbackAgentName: 'specialist_1' }, itemCount: 1, calls: 2 + 1 + 1 },
])('the estimate of $config for $itemCount items: $calls calls', ({ config, itemCount, calls }) => {
  const turns = delegationRules.turns(
    definition(config, 'coordinator', 'specialist_1', 'specialist_2'),
    { hasOptions: false, itemCount },
  );

  expect(turns.reduce((sum, { count }) => sum + count, 0)).toBe(calls);
});

const agentOf = (slot: string) =>
  rehearsingAgent(slot, { maxTokens: slot === 'specialist_1' ? 4_000 : 100 });

test('where specialists are missing, the others are estimated', () => {
  const alone = definition({}, 'coordinator');

  // A plan and a merge, of 100 tokens each.
  expect(estimate(alone, { task: 'Do.' })).toMatchObject({
    calls: 2,
    outputTokens: 200,
    costUsd: expect.stringMatching(/^\d+\.\d{6}$/),
  });
});

test('any specialist may have to do all of the items: the dearest counts', () => {
  const { seats, ...whole } = definition({}, 'coordinator', 'specialist_1', 'specialist_2');
  const dear = { ...whole, seats: seats.map((seat) => ({ ...seat, agent: agentOf(seat.slot) })) };
  const items = ['a', 'b', 'c'].map((id) => ({ id, task: id, requiredCapabilities: [] }));

  // Each item is tried by two at most; then the coordinator merges.
  expect(estimate(dear, { task: 'Do.', items })).toMatchObject({
    calls: 7,
    outputTokens: 6 * 4_000 + 100,
  });
});
