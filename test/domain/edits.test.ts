import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../workflows/domain/canonical.ts';
import { editProblems } from '../../workflows/domain/edits.ts';

const said = (text: string, choice = 'yes') => ({ sequence: 1, slot: 'a', text, choice });

const item = (task: string, capability: string) => ({
  input: { items: [{ id: 'a', task, requiredCapabilities: [capability] }] },
  seats: [],
});

describe('an edit', () => {
  test('of a result may change every value, and none of the shape', () => {
    const shown = { answer: null, text: 'a', votes: [{ choice: 'x' }] };

    expect(editProblems('completion', shown, { ...shown, answer: 'b', text: 'c' })).toEqual([]);
    expect(editProblems('completion', shown, { ...shown, votes: [] })).toMatchObject([
      { path: ['votes', '0'] },
    ]);
    expect(editProblems('completion', shown, { ...shown, more: 1 })).toMatchObject([
      { path: ['more'] },
    ]);
    expect(editProblems('completion', shown, { answer: 'b', text: 'c' })).toMatchObject([
      { path: ['votes'] },
    ]);
    expect(editProblems('completion', shown, { ...shown, text: 7 })).toMatchObject([
      { path: ['text'] },
    ]);
    expect(editProblems('completion', shown, { ...shown, votes: { 0: {} } })).toMatchObject([
      { path: ['votes'] },
    ]);
  });

  test('before the start may change the input, not who takes part', () => {
    const shown = { input: { question: 'a' }, seats: [{ slot: 'x' }] };

    expect(editProblems('start', shown, { ...shown, input: { question: 'b' } })).toEqual([]);
    expect(editProblems('start', shown, { ...shown, seats: [{ slot: 'y' }] })).toMatchObject([
      { path: ['seats', '0', 'slot'] },
    ]);
  });

  test('before the first round may change the items, but not what they require: who does them is settled', () => {
    const shown = item('t', 'law');

    expect(editProblems('start', shown, item('t', 'art'))).toEqual([]);
    expect(editProblems('round:1', shown, item('u', 'law'))).toEqual([]);
    expect(editProblems('round:1', shown, item('t', 'art'))).toMatchObject([
      { path: ['input', 'items', '0', 'requiredCapabilities', '0'] },
    ]);
  });

  test('between rounds and stages may change what was said, not who said it or how it counts', () => {
    const shown = { input: { question: 'a' }, round: 1, positions: [said('a')] };
    const edited = (position: object) => ({ ...shown, positions: [position] });

    expect(editProblems('round:2', shown, edited(said('b')))).toEqual([]);
    expect(editProblems('round:2', shown, edited(said('a', 'no')))).toMatchObject([
      { path: ['positions', '0', 'choice'] },
    ]);
    expect(editProblems('round:2', shown, { ...shown, input: { question: 'b' } })).toMatchObject([
      { path: ['input', 'question'] },
    ]);
    const stage = { input: { task: 't' }, previous: said('a') };
    expect(editProblems('stage:x', stage, { ...stage, previous: said('b') })).toEqual([]);
  });

  test('cannot reach what every object has', () => {
    const shown = { text: 'a' };
    const edited = JSON.parse('{"text": "a", "__proto__": {"x": 1}}') as object;

    const problems = editProblems('completion', shown, { ...edited, constructor: 'b' });
    expect(problems.map(({ path }) => path)).toEqual([['__proto__'], ['constructor']]);
  });
});

test('equal data has one text, in whatever order it is stored', () => {
  expect(canonicalJson({ b: [{ d: 1, c: null }], a: 'x' })).toBe(
    '{"a":"x","b":[{"c":null,"d":1}]}',
  );
  expect(canonicalJson({ a: 'x', b: [{ c: null, d: 1 }] })).toBe(
    canonicalJson({ b: [{ d: 1, c: null }], a: 'x' }),
  );
});
