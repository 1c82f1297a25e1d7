import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Condition } from '../../workflows/contract/compound.schema.ts';
import { holds } from '../../workflows/domain/compound/conditions.ts';
import { inheritedInput, mappedInput, resultText } from '../../workflows/domain/compound/inputs.ts';
import { childOf, type Known, readPath } from '../../workflows/domain/compound/paths.ts';
import { confidenceOf, numberOf } from '../../workflows/domain/compound/results.ts';

const known: Known = {
  input: { question: 'Ship?', options: ['yes', 'no'] },
  outputs: new Map([
    [
      'triage',
      {
        answer: 'bug',
        text: 'It crashes.',
        value: 7,
        converged: true,
        standings: [{ choice: 'bug', votes: 2 }],
        nothing: null,
      },
    ],
  ]),
};

describe('paths', () => {
  test.for<[string, unknown]>([
    ['$.input.question', 'Ship?'],
    ['$.input.options.1', 'no'],
    ['$.children.triage.output.answer', 'bug'],
    ['$.children.triage.output.standings.0.votes', 2],
    ['$.children.triage.output', known.outputs.get('triage')],
    ['$.input.context', undefined],
    ['$.input.options.2', undefined],
    ['$.input.question.length', undefined],
    ['$.children.other.output.answer', undefined],
    ['$.input.options.length', 2],
  ])('%s', ([path, value]) => {
    expect(readPath(path, known)).toEqual(value);
  });

  test('nothing that an object inherits can be reached', () => {
    for (const key of ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf']) {
      expect(readPath(`$.input.${key}`, known)).toBeUndefined();
      expect(readPath(`$.children.triage.output.${key}`, known)).toBeUndefined();
      expect(readPath(`$.children.${key}.output.answer`, known)).toBeUndefined();
    }
  });

  test('whatever JSON there is, a path finds what stands there', () => {
    const keys = fc.array(fc.stringMatching(/^[A-Za-z0-9_-]{1,8}$/), { maxLength: 5 });
    fc.assert(
      fc.property(keys, fc.jsonValue(), (path, value) => {
        const output = path.reduceRight<unknown>(
          (inner, key) => Object.fromEntries([[key, inner]]),
          value,
        );
        const outputs = new Map([['c', { root: output }]]);
        const found = readPath(['$.children.c.output.root', ...path].join('.'), {
          input: { question: 'q' },
          outputs,
        });
        expect(found).toEqual(value);
      }),
    );
  });

  test('say which child they read', () => {
    expect(childOf('$.input.question')).toBeNull();
    expect(childOf('$.children.triage.output.answer')).toBe('triage');
  });
});

const at = (field: string) => `$.children.triage.output.${field}`;

describe('conditions', () => {
  test.for<[Condition, boolean]>([
    [{ path: at('answer'), op: 'eq', value: 'bug' }, true],
    [{ path: at('answer'), op: 'eq', value: 'Bug' }, false],
    [{ path: at('value'), op: 'eq', value: '7' }, false],
    [{ path: at('nothing'), op: 'eq', value: null }, true],
    [{ path: at('missing'), op: 'eq', value: null }, true],
    [{ path: at('answer'), op: 'ne', value: 'feature' }, true],
    [{ path: at('answer'), op: 'ne', value: 'bug' }, false],
    [{ path: at('missing'), op: 'ne', value: 'bug' }, true],
    [{ path: at('value'), op: 'gt', value: 7 }, false],
    [{ path: at('value'), op: 'gt', value: 6.9 }, true],
    [{ path: at('value'), op: 'gte', value: 7 }, true],
    [{ path: at('value'), op: 'lt', value: 7 }, false],
    [{ path: at('value'), op: 'lte', value: 7 }, true],
    [{ path: at('answer'), op: 'gt', value: 0 }, false],
    [{ path: at('missing'), op: 'lte', value: 0 }, false],
    [{ path: at('answer'), op: 'in', value: ['bug', 'crash'] }, true],
    [{ path: at('answer'), op: 'in', value: ['feature'] }, false],
    [{ path: at('missing'), op: 'in', value: ['feature'] }, false],
    [{ path: at('text'), op: 'contains', value: 'crash' }, true],
    [{ path: at('text'), op: 'contains', value: 7 }, false],
    [{ path: '$.input.options', op: 'contains', value: 'yes' }, true],
    [{ path: '$.input.options', op: 'contains', value: 'maybe' }, false],
    [{ path: at('converged'), op: 'exists', value: true }, true],
    [{ path: at('nothing'), op: 'exists', value: true }, false],
    [{ path: at('missing'), op: 'exists', value: false }, true],
  ])('%j is %s', ([condition, expected]) => {
    expect(holds(condition, known)).toBe(expected);
  });

  test('of two opposite ones exactly one holds, for every number', () => {
    const number = fc.double({ noNaN: true });
    fc.assert(
      fc.property(number, number, (found, value) => {
        const seen: Known = { ...known, outputs: new Map([['c', { n: found }]]) };
        const is = (op: 'gt' | 'gte' | 'lt' | 'lte') =>
          holds({ path: '$.children.c.output.n', op, value }, seen);
        expect(is('gt')).toBe(!is('lte'));
        expect(is('lt')).toBe(!is('gte'));
      }),
    );
  });
});

describe('inputs', () => {
  test('a mapping makes the whole input; what is not found is left out', () => {
    const mapping = {
      task: at('text'),
      options: '$.input.options',
      context: at('standings'),
      artifact: at('missing'),
    };

    expect(mappedInput(mapping, known)).toEqual({
      task: 'It crashes.',
      options: ['yes', 'no'],
      context: JSON.stringify([{ choice: 'bug', votes: 2 }], null, 1),
    });
    expect(mappedInput({ question: at('value') }, known)).toEqual({ question: '7' });
  });

  test('without a mapping the input is that of the whole, with the output before as context', () => {
    const output = { answer: 'bug', text: 'It crashes.' };

    expect(inheritedInput(known.input, undefined)).toEqual(known.input);
    expect(inheritedInput(known.input, { name: 'triage', output })).toEqual({
      ...known.input,
      context: 'triage:\nbug\n\nIt crashes.',
    });
    expect(
      inheritedInput({ ...known.input, context: 'Old.' }, { name: 'triage', output }).context,
    ).toBe('Old.\n\ntriage:\nbug\n\nIt crashes.');
  });

  test('a context never grows beyond what an input may have', () => {
    const output = { answer: null, text: 'x'.repeat(600_000) };
    const long = { ...known.input, context: 'y'.repeat(499_999) };

    const { context } = inheritedInput(known.input, { name: 'c', output });

    expect(context).toHaveLength(500_000);
    expect(context).toMatch(/^c:\nx+\n\[cut: it does not fit\]$/);
    expect(inheritedInput(long, { name: 'c', output })).toEqual(long);
  });

  test('an output reads as its answer and the words to it, once', () => {
    expect(resultText({ answer: 'yes', text: 'Because.' })).toBe('yes\n\nBecause.');
    expect(resultText({ answer: 'Same.', text: 'Same.' })).toBe('Same.');
    expect(resultText({ answer: null, text: '' })).toBe('No answer.');
  });
});

/** An output with three votes for yes, which weigh as much as the one for no. */
const elected = (method: string, decidedBy: string | null | undefined, answer: string | null) => ({
  method,
  ...(decidedBy !== undefined && { decidedBy }),
  answer,
  agreement: 0.75,
  standings: [
    { choice: 'yes', votes: 3, weight: 3 },
    { choice: 'no', votes: 1, weight: 3 },
  ],
});

test.for<[Record<string, unknown> | null, number | null, number | null]>([
  [{ value: 2.5, answer: '3' }, 2.5, null],
  [{ answer: ' -3.25 ' }, -3.25, null],
  [{ answer: '1e3' }, null, null],
  [{ answer: 'three', confidence: 0.4, agreement: 1 }, null, 0.4],
  [{ answer: null, agreement: 0.75 }, null, null],
  [elected('majority', 'method', 'yes'), null, 0.75],
  [elected('weighted', 'method', 'yes'), null, 0.5],
  // One veto against three: what the whole came to, and what stands behind it.
  [elected('majority', 'method', 'no'), null, 0.25],
  [elected('mediator', 'agreement', 'yes'), null, 0.75],
  [elected('mediator', 'mediator', 'yes'), null, null],
  [elected('majority', null, null), null, null],
  [elected('vote', undefined, 'yes'), null, 0.75],
  [elected('best_of', undefined, 'yes'), null, null],
  [{ value: Number.NaN }, null, null],
  [null, null, null],
])('%o is the number %s, and %s sure', ([output, number, confidence]) => {
  expect(numberOf(output)).toBe(number);
  expect(confidenceOf(output)).toBe(confidence);
});
