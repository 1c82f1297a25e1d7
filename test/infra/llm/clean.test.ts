import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_TEXT_BYTES, cleanText, readStructured } from '../../../infra/llm/clean.ts';

/** Strings of any UTF-16 units: with `\u0000` and lone surrogates. */
const anyUnits = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0, 0xd83d, 0xde00)))
  .map((units) => String.fromCharCode(...units));

test('clean text can be stored: well-formed, without \\u0000', () => {
  fc.assert(
    fc.property(anyUnits, (text) => {
      const clean = cleanText(text);

      expect(clean.isWellFormed()).toBe(true);
      expect(clean).not.toContain('\u0000');
    }),
  );
});

test('cleaning changes nothing that is clean', () => {
  fc.assert(
    fc.property(anyUnits, (text) => {
      const clean = cleanText(text);

      expect(cleanText(clean)).toBe(clean);
    }),
  );
  expect(cleanText('Größe 😀 ok')).toBe('Größe 😀 ok');
});

test.each(['x', 'é', '界', '😀'])('text of %s is cut at 1 MB, between characters', (char) => {
  const clean = cleanText(char.repeat(MAX_TEXT_BYTES));

  expect(Buffer.byteLength(clean)).toBeLessThanOrEqual(MAX_TEXT_BYTES);
  expect(Buffer.byteLength(clean)).toBeGreaterThan(MAX_TEXT_BYTES - 4);
  expect(clean.isWellFormed()).toBe(true);
});

test('a JSON object is read, its strings and keys cleaned', () => {
  fc.assert(
    fc.property(fc.dictionary(anyUnits, fc.oneof(anyUnits, fc.integer())), (object) => {
      const read = readStructured(JSON.stringify(object)) as Record<string, unknown>;

      const strings = [...Object.keys(read), ...Object.values(read)].map(String);
      expect(strings.every((text) => cleanText(text) === text)).toBe(true);
    }),
  );
  expect(readStructured('{"a":{"b\\u0000":["x\\ud800",1,null]}}')).toEqual({
    a: { b: ['x\ufffd', 1, null] },
  });
});

test.each([
  ['```json\n{"choice":"yes"}\n```', { choice: 'yes' }],
  ['Here it is: {"choice":"yes"} – good luck.', { choice: 'yes' }],
  ['I would rather not say.', null],
  ['{"choice":"ye', null],
  ['', null],
])('what is around the object does not matter: %j', (text, expected) => {
  expect(readStructured(text)).toEqual(expected);
});

const nested = (depth: number): string =>
  `{"brackets in a string do not count [[[":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;

test('an answer may be nested 64 deep and no deeper', () => {
  expect(readStructured(nested(64))).not.toBeNull();
  expect(readStructured(nested(65))).toBeNull();
  expect(readStructured(nested(400_000))).toBeNull();
});
