import { describe, expect, test } from 'vitest';
import {
  checkDebateSeats,
  debateRules,
  findMediator,
} from '../../../../infra/executions/topologies/debate-rules.ts';
import { DebateConfig } from '../../../../workflows/contract/topologies.schema.ts';

import { rehearsingAgent } from '../../../support/work.ts';

const seats = (...slots: string[]) => slots.map((slot) => ({ slot, agentName: `agent-${slot}` }));
const voters = (n: number) => seats(...Array.from({ length: n }, (_, i) => `debater_${i + 1}`));
const majority = DebateConfig.parse({ consensusMethod: 'majority' });
const mediated = DebateConfig.parse({});
const named = (mediatorAgentName: string) => DebateConfig.parse({ mediatorAgentName });
const paths = (config: DebateConfig, written: ReturnType<typeof seats>) =>
  checkDebateSeats(config, written, (field) => field).map(({ path }) => path);

describe('who mediates', () => {
  test('the seat of that name, without a word in the config', () => {
    expect(findMediator(mediated, seats('debater_1', 'mediator'))).toEqual({
      kind: 'seat',
      slot: 'mediator',
    });
    expect(findMediator(majority, voters(2))).toEqual({ kind: 'none' });
  });

  test('a slot that is named comes before an agent in a seat, and that before an agent without one', () => {
    const written = [
      { slot: 'debater_1', agentName: 'debater_2' },
      { slot: 'debater_2', agentName: 'max' },
    ];

    expect(findMediator(named('debater_2'), written)).toEqual({ kind: 'seat', slot: 'debater_2' });
    expect(findMediator(named('Max'), written)).toEqual({ kind: 'seat', slot: 'debater_2' });
    expect(findMediator(named('eva'), written)).toEqual({ kind: 'agent', name: 'eva' });
  });
});

describe('seats of a debate', () => {
  test('2 to 50 debaters may sit, with gaps in their numbers, and at most one mediator', () => {
    expect(paths(majority, voters(2))).toEqual([]);
    expect(paths(majority, voters(50))).toEqual([]);
    expect(paths(mediated, [...seats('debater_3', 'debater_9'), ...seats('mediator')])).toEqual([]);
    expect(paths(majority, voters(1))).toEqual(['members']);
    expect(paths(majority, voters(51))).toEqual(['members']);
  });

  test('one who mediates does not debate', () => {
    expect(paths(named('debater_1'), voters(2))).toEqual(['members']);
    expect(paths(named('debater_1'), voters(3))).toEqual([]);
    expect(paths(named('debater_1'), [...voters(3), ...seats('mediator')])).toEqual([
      'config.mediatorAgentName',
    ]);
  });

  test('everything that is wrong is told at once', () => {
    expect(paths(mediated, seats('debater_1', 'debater_1', 'checker_1', 'debater_0'))).toEqual([
      'members.1.slot',
      'members.2.slot',
      'members.3.slot',
      'members',
    ]);
  });
});

test.each([
  // Two rounds of four debaters, the judge's grouping of each, and the mediator at the end.
  { method: 'majority', hasOptions: false, calls: 2 * (4 + 1) + 1 },
  { method: 'majority', hasOptions: true, calls: 2 * 4 + 1 },
  // The judge is asked again with each debater after the first.
  { method: 'first_agree', hasOptions: false, calls: 2 * (4 + 3) + 1 },
  { method: 'first_agree', hasOptions: true, calls: 2 * 4 + 1 },
  { method: 'mediator', hasOptions: true, calls: 2 * (4 + 1) },
])('the estimate of $method, with options: $hasOptions', ({ method, hasOptions, calls }) => {
  const config = DebateConfig.parse({ consensusMethod: method, maxRounds: 2 });
  const written = [...voters(4), ...seats('mediator')];
  const sitting = written.map(({ slot }, position) => {
    return { slot, position, weight: 1, agent: rehearsingAgent(slot) };
  });

  const turns = debateRules.turns(
    { ...debateRules.plan(config, written), seats: sitting, notices: [] },
    { hasOptions, itemCount: 0 },
  );

  expect(turns.reduce((sum, { count }) => sum + count, 0)).toBe(calls);
});
