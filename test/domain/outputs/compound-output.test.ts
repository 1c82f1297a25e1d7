import { describe, expect, test } from 'vitest';
import type { CompoundOutcome, PartDone } from '../../../workflows/contract/outcomes.ts';
import type { CompoundPlan } from '../../../workflows/contract/plans.ts';
import type { AggregationMethod, CompositionType } from '../../../workflows/domain/enums.ts';
import {
  type ChildResult,
  compoundOutput,
} from '../../../workflows/domain/outputs/compound-output.ts';

const plan = (
  compositionType: CompositionType,
  aggregationMethod: AggregationMethod = 'concat',
): CompoundPlan => ({
  workflow: 'compound',
  config: { compositionType, aggregationMethod },
  parts: ['a', 'b', 'c'],
  stepCount: 0,
  defaultPart: null,
  synthesizerSlot: null,
});
const child = (name: string, output: Record<string, unknown> | null): ChildResult => ({
  name,
  executionId: `id-${name}`,
  type: 'debate',
  state: output ? 'completed' : 'failed',
  output,
});
const done = (name: string, code: PartDone['code'] = null): PartDone => ({ name, code });
const outcome = (changes: Partial<CompoundOutcome> = {}): CompoundOutcome => ({
  kind: 'compound',
  parts: ['a', 'b', 'c'].map((name) => done(name)),
  branch: null,
  synthesisSequence: null,
  ...changes,
});
const yes = { answer: 'yes', text: 'Yes, because.', confidence: 0.6 };
const no = { answer: 'no', text: 'No.', confidence: 0.9 };
const merged = (method: AggregationMethod, ...outputs: (Record<string, unknown> | null)[]) =>
  compoundOutput(
    outcome({
      parts: outputs.map((output, i) => done('abcdefg'[i]!, output ? null : 'model_refused')),
    }),
    plan('parallel', method),
    outputs.map((output, i) => child('abcdefg'[i]!, output)),
    [],
  );

test('in a sequence the last one’s output is that of the whole, and all are shown', () => {
  const children = [child('c', { ...no, value: 3 }), child('a', yes), child('b', yes)];

  const output = compoundOutput(outcome(), plan('sequential'), children, []);

  expect(output).toMatchObject({
    answer: 'no',
    text: 'No.',
    value: 3,
    method: 'sequential',
    rounds: 3,
  });
  expect(
    output.children.map(({ slot, executionId, answer }) => [slot, executionId, answer]),
  ).toEqual([
    ['a', 'id-a', 'yes'],
    ['b', 'id-b', 'yes'],
    ['c', 'id-c', 'no'],
  ]);
  expect(output).not.toHaveProperty('branch');
});

test('a conditional shows the branch that was taken, or that there was none', () => {
  const parts = [done('a'), done('c')];
  const children = [child('a', yes), child('c', no)];

  const taken = compoundOutput(outcome({ parts, branch: 'c' }), plan('conditional'), children, []);
  const none = compoundOutput(
    outcome({ parts: [done('a')] }),
    plan('conditional'),
    [child('a', yes)],
    [],
  );

  expect(taken).toMatchObject({ answer: 'no', branch: 'c', method: 'conditional', rounds: 2 });
  expect(none).toMatchObject({
    answer: null,
    branch: null,
    text: expect.stringContaining('No condition held'),
  });
});

const number = (value: number) => ({ answer: String(value), value });

describe('parallel outputs', () => {
  test('vote: the most common answer, in the words of the surest who holds it', () => {
    const surer = { answer: 'Yes!', text: 'Sure.', confidence: 0.8 };

    expect(merged('vote', yes, no, surer)).toMatchObject({
      answer: 'yes',
      text: 'Sure.',
      method: 'vote',
      rounds: 1,
      dissent: [{ slot: 'b', answer: 'no' }],
    });
  });

  test('vote: a tie goes to the surer, and without sureness to the first', () => {
    expect(merged('vote', yes, no)).toMatchObject({ answer: 'no' });
    expect(merged('vote', { answer: 'x' }, { answer: 'y' })).toMatchObject({ answer: 'x' });
  });

  test('weighted: as much as they are sure; numbers become their mean', () => {
    const lame = { answer: 'yes', text: 'Maybe.', confidence: 0.2 };
    const one = { answer: '1', text: '', value: 1, confidence: 0.25 };
    const five = { answer: '5', text: '', value: 5, confidence: 0.75 };

    expect(merged('weighted', lame, lame, no)).toMatchObject({ answer: 'no' });
    expect(merged('weighted', one, five)).toMatchObject({ answer: '4', value: 4 });
  });

  test('average: the mean and the deviation of the numbers; failed ones are none', () => {
    expect(merged('average', number(2), null, number(4))).toMatchObject({
      answer: '3',
      value: 3,
      standardDeviation: 1,
      children: [
        { slot: 'a', failure: null },
        { slot: 'b', failure: 'model_refused', answer: null },
        { slot: 'c', failure: null },
      ],
    });
  });

  test('concat: all of them, labelled, in the order of the children', () => {
    expect(merged('concat', no, null, yes).text).toBe('a:\nno\n\nNo.\n\nc:\nyes\n\nYes, because.');
  });

  test('best_of: the surest, and who says something else', () => {
    expect(merged('best_of', yes, no, yes)).toMatchObject({
      answer: 'no',
      dissent: [{ slot: 'a' }, { slot: 'c' }],
    });
  });

  test('synthesis: what the synthesizer said', () => {
    const synthesis = {
      sequence: 3,
      slot: 'synthesizer',
      name: 'sue',
      choice: 'yes',
      confidence: 0.9,
      reasoning: null,
      text: 'All in all: yes.',
      output: null,
      weight: 1,
    };

    const output = compoundOutput(
      outcome({ synthesisSequence: 3, parts: [done('a'), done('b')] }),
      plan('parallel', 'synthesis'),
      [child('a', yes), child('b', no)],
      [synthesis],
    );

    expect(output).toMatchObject({
      answer: 'yes',
      text: 'All in all: yes.',
      dissent: [{ slot: 'b', answer: 'no' }],
    });
  });

  test('nobody who answers leaves no answer', () => {
    const silent = { answer: null, text: 'Nothing.' };

    for (const method of ['vote', 'weighted', 'best_of', 'average'] as const)
      expect(merged(method, silent, silent)).toMatchObject({ answer: null });
  });
});
