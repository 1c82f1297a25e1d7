import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { groupEqual, normalisePosition } from '../../workflows/domain/positions.ts';

test.each([
  ['Yes', ' yes.'],
  ['Use PostgreSQL!', 'use   postgresql'],
  ['**Ship on Friday**', 'ship on friday'],
  ['ﬁve', 'five'],
  ['Ｙｅｓ', 'yes'],
  ['don’t ship', "Don't ship"],
  ['a long-term plan', 'a long term plan'],
  ['straße', 'STRASSE'],
  ['STRAẞE', 'strasse'],
  ['e\u0301t\u00e9', '\u00e9te\u0301'],
])('%j and %j are one position', (one, other) => {
  expect(normalisePosition(one)).toBe(normalisePosition(other));
});

test.each([
  ['yes', 'no'],
  ['3.5', '35'],
  ['-5', '5'],
  ['5%', '5'],
  ['C#', 'C'],
  ['C++', 'C'],
  ['1/2', '12'],
  ['!', '?'],
  ['no one', 'noone'],
])('%j and %j are two', (one, other) => {
  expect(normalisePosition(one)).not.toBe(normalisePosition(other));
});

test('groups are numbered from 0 in order of first appearance', () => {
  expect(groupEqual(['No', 'yes', 'no.', 'maybe', 'YES'])).toEqual([0, 1, 0, 2, 1]);
  expect(groupEqual([])).toEqual([]);
});

test('case, white space around and a full stop never part a position from itself', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
      expect(groupEqual([text, `  ${text}\n`])).toEqual([0, 0]);
      expect(normalisePosition(normalisePosition(text))).toBe(normalisePosition(text));
    }),
  );
});

test('every position is in exactly one group, and groups are dense', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), (texts) => {
      const groups = groupEqual(texts);
      expect(groups).toHaveLength(texts.length);
      expect([...new Set(groups)]).toEqual(
        Array.from({ length: new Set(groups).size }, (_, i) => i),
      );
    }),
  );
});
