import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { cleanText } from '../../../infra/llm/clean.ts';
import { makeTextFieldReader } from '../../../infra/llm/text-field.ts';

function readInPieces(pieces: readonly string[]): string[] {
  const said: string[] = [];
  const read = makeTextFieldReader((text) => said.push(text));
  for (const piece of pieces) read(piece);
  return said;
}

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('a "quoted" \\ line\n', '😀{[,:]}', '\u0000', '\ud83d', '\ud83d\u0000\ude00'),
);

test('the field is read whatever surrounds it and however it is cut', () => {
  fc.assert(
    fc.property(
      fc.jsonValue(),
      anyText,
      fc.jsonValue(),
      fc.array(fc.nat(), { maxLength: 20 }),
      fc.boolean(),
      (before, text, after, cuts, isEscaped) => {
        const plain = JSON.stringify({ before, text, after: { text: 'not this', after } });
        const json = isEscaped
          ? plain.replaceAll(
              /[\u0080-\uffff]/g,
              (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
            )
          : plain;
        const at = [0, ...cuts.map((cut) => cut % json.length), json.length].toSorted(
          (a, b) => a - b,
        );
        const pieces = at.slice(1).map((end, i) => json.slice(at[i], end));

        expect(readInPieces(pieces).join('')).toBe(cleanText(text));
      },
    ),
  );
});

test('text is passed on as it comes, not at the end', () => {
  expect(readInPieces(['{"te', 'xt":"It l', 'eaks', '.","choice":"no"}'])).toEqual([
    'It l',
    'eaks',
    '.',
  ]);
});

test('an answer without the field, or without an object, says nothing', () => {
  expect(readInPieces(['{"choice":"text","list":["text","x"]}'])).toEqual([]);
  expect(readInPieces(['Sorry, "text": "no"'])).toEqual([]);
});

test('a code fence before the object does not matter', () => {
  expect(readInPieces(['```json\n', '{"text":"yes"}', '\n```'])).toEqual(['yes']);
});
