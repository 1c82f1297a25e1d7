import { expect, test } from 'vitest';
import { makeAnswerForms } from '../../activities/answer-forms.ts';
import { isStrict } from '../../infra/llm/schema.ts';
import type { Ask, Piece } from '../../workflows/contract/turns.ts';

const position = (round: number): Ask => ({ kind: 'position', round, maxRounds: 3 });
const stage = (n: number): Ask => ({ kind: 'stage', stage: n, stages: 2, checkpoint: false });
const group = (count: number): Ask => ({
  kind: 'group',
  round: 1,
  sequences: Array.from({ length: count }, (_, i) => i + 1),
});

const split = (to: string[], most: number): Ask => ({ kind: 'split', piece: null, to, most });
const report = (piece: Piece | null): Ask => ({
  kind: 'report',
  how: 'work',
  piece,
  draft: null,
  guidance: null,
  pieces: [],
});

test('what items may ask for makes another form, and so does nothing to ask for', () => {
  const formOf = makeAnswerForms();
  const assign: Ask = { kind: 'assign', most: 20 };

  const [code, law, none] = [
    formOf(assign, [], ['code']),
    formOf(assign, [], ['law']),
    formOf(assign, []),
  ];

  expect(JSON.stringify(code?.json)).toContain('"code"');
  expect(JSON.stringify(law?.json)).not.toContain('"code"');
  expect(JSON.stringify(none?.json)).not.toContain('requiredCapabilities');
});

test('the forms of plans can be kept strictly: all is required, nothing else is allowed', () => {
  const formOf = makeAnswerForms();

  expect(isStrict(formOf(split(['a', 'b'], 8), [])?.json)).toBe(true);
  expect(isStrict(formOf({ kind: 'assign', most: 20 }, [], ['code'])?.json)).toBe(true);
});

test('the turns of a debate share one form', () => {
  const formOf = makeAnswerForms();

  expect(formOf(position(2), ['yes', 'no'])).toBe(formOf(position(1), ['yes', 'no']));
});

test.each<{ name: string; one: [Ask, string[]]; other: [Ask, string[]] }>([
  { name: 'options', one: [position(1), ['a', 'b']], other: [position(1), ['a', 'c']] },
  { name: 'where options end', one: [position(1), ['a,b']], other: [position(1), ['a', 'b']] },
  {
    name: 'whether another round may be asked for',
    one: [{ kind: 'mediate', round: 1, mayContinue: true }, []],
    other: [{ kind: 'mediate', round: 1, mayContinue: false }, []],
  },
  {
    name: 'how answers are put together',
    one: [{ kind: 'contribute', method: 'average' }, []],
    other: [{ kind: 'contribute', method: 'weighted' }, []],
  },
  {
    name: 'whom a synthesis may cite',
    one: [{ kind: 'synthesize', slots: ['member_1'], diversity: 0 }, []],
    other: [{ kind: 'synthesize', slots: ['member_2'], diversity: 0 }, []],
  },
  {
    name: 'the last stage chooses',
    one: [stage(2), ['a', 'b']],
    other: [stage(1), ['a', 'b']],
  },
  { name: 'how many positions are grouped', one: [group(2), []], other: [group(3), []] },
  { name: 'who a part may be for', one: [split(['a'], 8), []], other: [split(['b'], 8), []] },
  { name: 'how many parts there may be', one: [split(['a'], 8), []], other: [split(['a'], 2), []] },
  {
    name: 'how many items there may be',
    one: [{ kind: 'assign', most: 20 }, []],
    other: [{ kind: 'assign', most: 2 }, []],
  },
  {
    name: 'whether a report is the whole answer',
    one: [report(null), ['a', 'b']],
    other: [report({ plan: 1, part: 0 }), ['a', 'b']],
  },
])('$name: another form', ({ one, other }) => {
  const formOf = makeAnswerForms();

  const forms = [formOf(...one), formOf(...other), formOf(...one)];

  expect(forms[0]?.json).toEqual(forms[2]?.json);
  expect(forms[0]?.json).not.toEqual(forms[1]?.json);
});

test('a form that was dropped for newer ones is made again', () => {
  const formOf = makeAnswerForms();
  const first = formOf(position(1), ['first']);

  for (let i = 0; i < 1_000; i++) formOf(position(1), [`option ${i}`]);

  expect(formOf(position(1), ['first'])).not.toBe(first);
  expect(formOf(position(1), ['first'])?.json).toEqual(first?.json);
});

test('free text has no form', () => {
  expect(makeAnswerForms()({ kind: 'answer' }, [])).toBeNull();
  expect(makeAnswerForms()({ kind: 'produce', round: 1 }, ['yes', 'no'])).toBeNull();
  expect(makeAnswerForms()(stage(2), [])).toBeNull();
  expect(makeAnswerForms()(stage(1), ['a', 'b'])).toBeNull();
});
