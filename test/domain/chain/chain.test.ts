import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TurnResult } from '../../../workflows/contract/turns.ts';
import type { ChainConfig } from '../../../workflows/contract/topologies.schema.ts';
import {
  levelOf,
  mostChainRounds,
  MOST_TASKS,
  partsLeft,
  rankSlots,
} from '../../../workflows/domain/chain/levels.ts';
import { nextSteps, type Step } from '../../../workflows/domain/chain/next-steps.ts';
import { takeResults } from '../../../workflows/domain/chain/take-results.ts';
import { type ChainTask, wholeTask } from '../../../workflows/domain/chain/tasks.ts';

const LEVELS = ['chief', 'lead', 'lead_1'];

describe('levels of slots', () => {
  test.each([
    { slot: 'chief', level: 0 },
    { slot: 'lead', level: 1 },
    { slot: 'lead_2', level: 1 },
    { slot: 'lead_1', level: 2 },
    { slot: 'lead_1_4', level: 2 },
    { slot: 'lead_0', level: -1 },
    { slot: 'leader', level: -1 },
    { slot: 'worker', level: -1 },
  ])('$slot: $level', ({ slot, level }) => {
    expect(levelOf(LEVELS, slot)).toBe(level);
  });

  test('seats of a level keep their order', () => {
    expect(rankSlots(['a', 'b'], ['b_2', 'a', 'b_1'])).toEqual([['a'], ['b_2', 'b_1']]);
  });
});

test('a depth beyond the levels changes nothing', () => {
  const rounds = [1, 2, 3, Number.MAX_SAFE_INTEGER].map((maxDelegationDepth) =>
    mostChainRounds({ authorityLevels: LEVELS, maxDelegationDepth }),
  );

  expect(rounds).toEqual([6, 11, 11, 11]);
});

test.each([
  { tasks: 1, plans: 1, most: 8 },
  { tasks: 73, plans: 64, most: 1 },
  { tasks: 137, plans: 64, most: 0 },
  { tasks: MOST_TASKS, plans: 1, most: 0 },
  { tasks: 9, plans: 0, most: 8 },
])('$plans plans after $tasks tasks: $most parts each', ({ tasks, plans, most }) => {
  expect(partsLeft(tasks, plans)).toBe(most);
});

const spoken = (sequence: number, changes: object): TurnResult => ({
  status: 'spoken',
  sequence,
  messageId: 'm',
  responseId: 'm',
  position: null,
  abstained: false,
  confidence: 1,
  anotherRound: false,
  groups: null,
  tokens: 1,
  costUsd: '0',
  ...changes,
});

/** Plays a chain to its end; `answer` makes up what each seat says. */
function play(
  config: ChainConfig,
  seatsOf: readonly number[],
  answer: (step: Step) => object | null,
) {
  const slots = config.authorityLevels.flatMap((level, i) =>
    Array.from({ length: i === 0 ? 1 : seatsOf[i]! }, (_, n) => `${level}_${n + 1}`),
  );
  const ranks = rankSlots(config.authorityLevels, slots);
  const asked: Step[] = [];
  let tasks: readonly ChainTask[] = [wholeTask(slots[0]!)];
  let rounds = 0;
  for (let steps = nextSteps(tasks, config); steps.length > 0; steps = nextSteps(tasks, config)) {
    rounds += 1;
    if (rounds > 100) throw new Error('the chain does not end');
    const results = steps.map((step, i): TurnResult => {
      const said = answer(step);
      const sequence = asked.length + i + 1;
      return said ? spoken(sequence, said) : { status: 'failed', sequence, code: 'model_refused' };
    });
    asked.push(...steps);
    tasks = takeResults(tasks, steps, results, ranks);
  }
  return { tasks, rounds, asked };
}

test('whatever is planned, said and failed: a chain ends in time, within its bound, with every part settled', () => {
  const scene = fc.record({
    levels: fc.integer({ min: 1, max: 8 }),
    seats: fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 8, maxLength: 8 }),
    maxDelegationDepth: fc.integer({ min: 1, max: 9 }),
    escalationThreshold: fc.double({ min: 0, max: 1, noNaN: true }),
    luck: fc.infiniteStream(fc.integer({ min: 0, max: 99 })),
  });
  fc.assert(
    fc.property(scene, ({ levels, seats, luck, ...rest }) => {
      const config = {
        ...rest,
        authorityLevels: Array.from({ length: levels }, (_, i) => `level${i}`),
      };
      const draw = (): number => luck.next().value!;
      const { tasks, rounds, asked } = play(config, seats, (step) => {
        if (draw() < 10) return null;
        const parts = step.kind === 'split' ? draw() % (step.most + 1) : 0;
        return { confidence: draw() / 99, parts: Array.from({ length: parts }, () => null) };
      });

      expect(tasks.length).toBeLessThanOrEqual(MOST_TASKS);
      expect(rounds).toBeLessThanOrEqual(mostChainRounds(config));
      expect(['reported', 'failed']).toContain(tasks[0]!.state);
      // A superior that fails leaves what it had given guidance on; whoever takes over has heard of it.
      const settled = ['reported', 'guided', 'redone', 'taken_over', 'failed'];
      expect(tasks.every(({ state }) => settled.includes(state))).toBe(true);
      for (const at of tasks.keys()) {
        const of = (kind: string) => asked.filter((s) => s.at === at && s.kind === kind).length;
        for (const kind of ['split', 'work', 'merge', 'guide', 'redo', 'takeOver'])
          expect(of(kind)).toBeLessThanOrEqual(1);
      }
      // What a superior merged is sure enough, or was redone and then sure enough, or is its own.
      const merged = tasks.filter(
        ({ superior, state }) =>
          superior !== null && tasks[superior]!.state === 'reported' && state !== 'taken_over',
      );
      for (const { confidence } of merged)
        expect(confidence).toBeGreaterThanOrEqual(rest.escalationThreshold);
    }),
    { numRuns: 300 },
  );
});

test('eight levels of eight parts keep within the bound: what cannot be handed down is done where it is', () => {
  const config = {
    authorityLevels: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'],
    maxDelegationDepth: 7,
    escalationThreshold: 0,
  };

  const { tasks, asked } = play(config, [1, 8, 8, 8, 8, 8, 8, 8], (step) => ({
    parts: Array.from({ length: step.kind === 'split' ? step.most : 0 }, () => null),
  }));

  const at = (level: number) => tasks.filter((task) => task.level === level).length;
  expect([0, 1, 2, 3, 4].map(at)).toEqual([1, 8, 64, 64, 0]);
  expect(asked.filter(({ kind }) => kind === 'work')).toHaveLength(64);
});

test('parts for nobody in particular go round; those that name a seat go there', () => {
  const config = { authorityLevels: ['a', 'b'], maxDelegationDepth: 1, escalationThreshold: 0 };

  const { tasks } = play(config, [1, 3], (step) =>
    step.kind === 'split' ? { parts: [null, null, 0, null, null] } : {},
  );

  expect(tasks.slice(1).map(({ slot }) => slot)).toEqual(['b_1', 'b_2', 'b_1', 'b_1', 'b_2']);
});
