import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { isStrict, schemaInWords, schemaToSend } from '../../../infra/llm/schema.ts';

describe('isStrict', () => {
  test.each([
    ['a closed object with all fields required', z.object({ a: z.string() }), true],
    ['an optional field', z.object({ a: z.string().optional() }), false],
    [
      'an optional field deep inside',
      z.object({ a: z.array(z.object({ b: z.string().optional() })) }),
      false,
    ],
    ['an open object', z.looseObject({ a: z.string() }), false],
  ])('%s: %#', (_, schema, expected) => {
    expect(isStrict(z.toJSONSchema(schema))).toBe(expected);
  });
});

test('keywords that providers refuse are not sent, fields of their names are', () => {
  const schema = z.toJSONSchema(
    z.object({ minLength: z.string().min(1).max(5), b: z.array(z.string().min(2)) }),
  );

  expect(schemaToSend(schema)).toEqual({
    type: 'object',
    properties: { minLength: { type: 'string' }, b: { type: 'array', items: { type: 'string' } } },
    required: ['minLength', 'b'],
    additionalProperties: false,
  });
  expect(schemaInWords(schema)).toContain('"required":["minLength","b"]');
});
