import { expect, test } from 'vitest';
import type { Ask } from '../../../workflows/contract/turns.ts';
import { type HeardMessage, renderPrompt } from '../../../workflows/domain/prompt.ts';

const PLAN = {
  plan: [
    { title: 'Route', task: 'Find the route.', to: null },
    { title: 'Food', task: 'Find the food.', to: null },
  ],
};
const message = (sequence: number, changes: Partial<HeardMessage> = {}): HeardMessage => ({
  sequence,
  round: 1,
  kind: 'agent',
  slot: `worker_${sequence}`,
  name: `agent-${sequence}`,
  text: `Text of ${sequence}.`,
  choice: null,
  position: null,
  confidence: 0.4,
  own: false,
  data: null,
  ...changes,
});
const OWN_PLAN = message(1, { own: true, data: PLAN, text: 'I split it.' });

function promptOf(ask: Ask, heard: readonly HeardMessage[], input: object = {}): string {
  const { messages } = renderPrompt({
    seed: 'e',
    agent: {
      name: 'ada',
      role: 'planner',
      description: '',
      personality: null,
      systemPrompt: null,
      outputFormat: null,
    },
    slot: 'chief',
    input: { task: 'Plan the outing.', ...input },
    ask,
    heard,
    omittedRounds: 0,
    invalidAnswer: null,
  });
  return messages[0]!.text;
}

const report = (changes: Partial<Extract<Ask, { kind: 'report' }>>): Ask => ({
  kind: 'report',
  how: 'work',
  piece: null,
  draft: null,
  guidance: null,
  pieces: [],
  ...changes,
});
const PIECE = { plan: 1, part: 1 };

test('whoever works on a part sees the task and this part alone', () => {
  const text = promptOf(report({ piece: PIECE }), [message(1, { data: PLAN })]);

  expect(text).toContain('Plan the outing.');
  expect(text).toContain('Your part of the work:\nFood\nFind the food.');
  expect(text).not.toContain('Find the route.');
  expect(text).not.toContain('Text of 1.');
});

test('an item of the input is shown by its id, and the others are not', () => {
  const items = [
    { id: 'one', task: 'Do one.', requiredCapabilities: [] },
    { id: 'two', task: 'Do two.', requiredCapabilities: [] },
  ];

  const text = promptOf(report({ piece: { plan: null, part: 0 } }), [], { items });

  expect(text).toContain('one\nDo one.');
  expect(text).not.toContain('Do two.');
});

test('guidance is asked for on the part and its report, and given with both', () => {
  const asked = promptOf({ kind: 'guide', piece: PIECE, draft: 2 }, [OWN_PLAN, message(2)]);
  const redone = promptOf(report({ how: 'redo', piece: PIECE, draft: 2, guidance: 3 }), [
    message(1, { data: PLAN }),
    message(2, { own: true }),
    message(3, { confidence: null }),
  ]);

  expect(asked).toContain('The part of your plan that this is about:\nFood');
  expect(asked).toContain('by agent-2 (worker_2), 40 % sure:\nText of 2.');
  expect(redone).toContain('The report on it so far, by you, 40 % sure:\nText of 2.');
  expect(redone).toContain('Guidance from agent-3 (worker_3):\nText of 3.');
  expect(redone).toContain('Do your part again');
});

test('a merge shows every report under its part, what has none, what does not fit, and what people said', () => {
  const pieces = [
    { plan: 1, part: 0, report: 2 },
    { plan: 1, part: 1, report: null },
    { plan: 1, part: 1, report: 9 },
  ];
  const person = message(4, { kind: 'user', slot: null, name: 'max', text: 'Hurry.' });

  const text = promptOf(report({ how: 'merge', pieces }), [OWN_PLAN, message(2), person], {
    options: ['yes', 'no'],
  });

  expect(text).toContain('Part 1, Route, by agent-2 (worker_2), 40 % sure:\nText of 2.');
  expect(text).toContain('Part 2, Food: nobody could do it');
  expect(text).toContain('Part 2, Food: the report does not fit');
  expect(text).toContain('A person (max):\nHurry.');
  expect(text).toContain('Choose exactly one of the options');
});

test('plans are asked for with their bound and for whom they are', () => {
  const split = promptOf({ kind: 'split', piece: null, to: ['worker_1', 'worker_2'], most: 5 }, []);
  const assign = promptOf({ kind: 'assign', most: 20 }, []);

  expect(split).toContain('at most 5 parts for those below you (worker_1, worker_2)');
  expect(assign).toContain('at most 20 items');
});
