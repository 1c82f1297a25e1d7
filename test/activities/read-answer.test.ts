import { expect, test } from 'vitest';
import { makeAnswerForms } from '../../activities/answer-forms.ts';
import type { Completion } from '../../activities/ports/models.ts';
import type { CallContext } from '../../activities/ports/turn-ledger.ts';
import { readAnswer } from '../../activities/read-answer.ts';
import type { Ask } from '../../workflows/contract/turns.ts';
import { groupNumbers } from '../../workflows/domain/grouping.ts';
import { labelOf, shuffled } from '../../workflows/domain/labels.ts';
import { rehearsingAgent, turnOf } from '../support/work.ts';

const POSITION: Ask = { kind: 'position', round: 1, maxRounds: 3 };
const GOOD = { text: 'Ship it.', reasoning: 'Tests pass.', confidence: 0.9, abstain: false };

test.each([
  { name: 'an option', data: { ...GOOD, choice: 'yes' }, choice: 'yes' },
  { name: 'an abstention', data: { ...GOOD, choice: 'yes', abstain: true }, choice: null },
])('$name is read from the schema fields', ({ data, choice }) => {
  const reading = read(POSITION, ['yes', 'no'], { structured: data });

  expect(reading).toMatchObject({
    valid: true,
    answer: { choice, confidence: 0.9, abstained: choice === null },
  });
});

test.each([
  { name: 'an option that is not among them', data: { ...GOOD, choice: 'maybe' } },
  { name: 'a confidence beyond one', data: { ...GOOD, choice: 'yes', confidence: 7 } },
  { name: 'a missing field', data: { choice: 'yes' } },
  { name: 'no JSON at all', data: null },
])('$name is invalid, and the reason names the place', ({ data }) => {
  const reading = read(POSITION, ['yes', 'no'], { structured: data });

  expect(reading).toMatchObject({ valid: false, reason: expect.stringMatching(/\S+: \S+/) });
});

test('a position in free text is the choice', () => {
  const reading = read(POSITION, undefined, { structured: { ...GOOD, position: 'Wait.' } });

  expect(reading).toMatchObject({ valid: true, answer: { choice: 'Wait.' } });
});

const PIECE = { plan: 1, part: 0 };
const REPORT = { kind: 'report', draft: null, guidance: null, pieces: [] } as const;

test.each<{ name: string; ask: Ask; data: object; at: string }>([
  { name: 'a position', ask: POSITION, data: { position: ' \n' }, at: 'position' },
  {
    name: 'a decision',
    ask: { kind: 'mediate', round: 1, mayContinue: false },
    data: { answer: '\u00a0' },
    at: 'answer',
  },
  {
    name: 'a synthesis',
    ask: { kind: 'synthesize', slots: ['member_1'], diversity: 0 },
    data: { answer: ' ', cites: ['member_1'] },
    at: 'answer',
  },
  {
    name: 'a report',
    ask: { ...REPORT, how: 'work', piece: PIECE },
    data: { text: ' ' },
    at: 'text',
  },
  {
    name: 'a report of the whole',
    ask: { ...REPORT, how: 'merge', piece: null },
    data: { text: '' },
    at: 'text',
  },
  {
    name: 'guidance',
    ask: { kind: 'guide', piece: PIECE, draft: 2 },
    data: { text: '\t' },
    at: 'text',
  },
])('$name that is blank says nothing, and is invalid', ({ ask, data, at }) => {
  const words = { position: 'Wait.', answer: 'Wait.' };

  expect(read(ask, undefined, { structured: { ...GOOD, ...words, ...data } })).toMatchObject({
    valid: false,
    reason: expect.stringContaining(`${at}: `),
  });
});

test.each([1e100, -1e100, 1e101, Number.POSITIVE_INFINITY])(
  'a number that could not be put together with others is invalid: %d',
  (value) => {
    const reading = read({ kind: 'contribute', method: 'average' }, undefined, {
      structured: { ...GOOD, value },
    });

    expect(reading.valid).toBe(Math.abs(value) <= 1e100);
  },
);

test('a mediator that asks for another round decides nothing yet', () => {
  const data = { ...GOOD, choice: 'yes', anotherRound: true };

  const reading = read({ kind: 'mediate', round: 1, mayContinue: true }, ['yes', 'no'], {
    structured: data,
  });

  expect(reading).toMatchObject({ valid: true, answer: { choice: null } });
});

const FINDING = { severity: 'major', place: 'line 3', text: 'It leaks.' };

test.each([
  { verdict: 'approve', choice: 'approve', abstained: false },
  { verdict: 'reject', choice: 'reject', abstained: false },
  { verdict: 'abstain', choice: null, abstained: true },
])('the verdict $verdict is the choice $choice', ({ verdict, choice, abstained }) => {
  const data = { ...GOOD, verdict, findings: [FINDING] };

  const reading = read({ kind: 'check', round: 1 }, undefined, { structured: data });

  expect(reading).toMatchObject({ valid: true, answer: { choice, abstained } });
  expect(reading).toHaveProperty('answer.output.findings', [FINDING]);
});

test.each([
  { name: 'a verdict of another kind', data: { verdict: 'revise', findings: [] } },
  {
    name: 'a finding without a known severity',
    data: { verdict: 'reject', findings: [{ ...FINDING, severity: 'bad' }] },
  },
])('$name is invalid', ({ data }) => {
  const reading = read({ kind: 'check', round: 1 }, undefined, {
    structured: { ...GOOD, ...data },
  });

  expect(reading.valid).toBe(false);
});

test('where a number is asked for there has to be one, and it is no choice', () => {
  const asked: Ask = { kind: 'contribute', method: 'average' };

  const number = read(asked, undefined, { structured: { ...GOOD, value: 42 } });
  const words = read(asked, undefined, { structured: { ...GOOD, value: 'many' } });

  expect(number).toMatchObject({ valid: true, answer: { choice: null, output: { value: 42 } } });
  expect(words).toMatchObject({ valid: false, reason: expect.stringContaining('value') });
});

test('a synthesis cites at least one seat, and only those that answered', () => {
  const asked: Ask = { kind: 'synthesize', slots: ['member_1', 'member_3'], diversity: 0 };
  const citing = (...cites: string[]) =>
    read(asked, undefined, { structured: { ...GOOD, answer: 'Wait.', cites } });

  expect(citing('member_3')).toMatchObject({ valid: true, answer: { choice: 'Wait.' } });
  expect(citing().valid).toBe(false);
  expect(citing('member_2').valid).toBe(false);
});

test('a plan is read with its parts; who is not named for one is null', () => {
  const ask: Ask = { kind: 'split', piece: null, to: ['worker'], most: 2 };
  const part = { title: 'Route', task: 'Find it.' };
  const { abstain: _, ...plain } = GOOD;

  const good = read(ask, undefined, { structured: { ...plain, plan: [part] } });
  const many = read(ask, undefined, { structured: { ...plain, plan: [part, part, part] } });
  const stranger = read(ask, undefined, {
    structured: { ...plain, plan: [{ ...part, to: 'boss' }] },
  });

  expect(good).toMatchObject({
    valid: true,
    answer: { choice: null, confidence: 0.9, output: { plan: [{ ...part, to: null }] } },
  });
  expect(many.valid).toBe(false);
  expect(stranger.valid).toBe(false);
});

test('guidance has no confidence', () => {
  const ask: Ask = { kind: 'guide', piece: { plan: 1, part: 0 }, draft: 2 };

  const reading = read(ask, undefined, { structured: { text: 'Look again.', reasoning: 'Thin.' } });

  expect(reading).toMatchObject({ valid: true, answer: { confidence: null, choice: null } });
});

test.each([
  { text: '  ', outputFormat: null, valid: false },
  { text: 'Fine.', outputFormat: null, valid: true },
  { text: 'Fine.', outputFormat: 'json', valid: false },
  { text: '{"fine": true}', outputFormat: 'json', valid: true },
])('free text $text as $outputFormat: $valid', ({ text, outputFormat, valid }) => {
  const reading = read({ kind: 'answer' }, undefined, { text }, { outputFormat });

  expect(reading.valid).toBe(valid);
});

test("a judge's groups are numbered by first appearance, whatever order it was shown", () => {
  const ask = { kind: 'group', round: 1, sequences: [4, 5, 6] } as const;
  const label = (sequence: number) => labelOf(shuffled(ask.sequences, 'e').indexOf(sequence));

  const numbers = groupNumbers(ask, 'e', { groups: [[label(5)], [label(6), label(4)]] });

  expect(numbers).toEqual([0, 1, 0]);
});

test.each([
  { name: 'missing', groups: [['A']] },
  {
    name: 'twice',
    groups: [
      ['A', 'B'],
      ['B', 'C'],
    ],
  },
])('a label that is $name makes no groups', ({ groups }) => {
  expect(
    groupNumbers({ kind: 'group', round: 1, sequences: [1, 2, 3] }, 'e', { groups }),
  ).toBeNull();
});

function read(
  ask: Ask,
  options: readonly string[] | undefined,
  completion: Partial<Completion>,
  agent: Partial<CallContext['agent']> = {},
) {
  const seat = { ownerId: 'o', executionId: 'e', agentExecutionId: 's', slot: 'debater_1' };
  const context: CallContext = {
    call: 0,
    ordinal: 0,
    attempt: 1,
    modelIndex: 0,
    agent: rehearsingAgent('ada', agent),
    slot: 'debater_1',
    input: { question: 'Ship?', ...(options && { options: [...options] }) },
    heard: [],
    omittedRounds: 0,
    callsBefore: 0,
    seed: 'e',
    invalidAnswer: null,
  };
  const form = makeAnswerForms()(ask, options ?? []);
  return readAnswer(turnOf(seat, { ask }), context, form, {
    text: '',
    structured: null,
    toolCalls: [],
    finishReason: 'stop',
    usage: { input: 1, cached: 0, output: 1, reasoning: 0 },
    providerRequestId: null,
    firstTokenMs: null,
    ...completion,
  });
}
