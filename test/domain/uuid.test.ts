import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { derivedId, newId } from '../../infra/db/new-id.ts';
import { uuidTime, uuidV7 } from '../../workflows/domain/uuid.ts';

const times = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const noise = fc.uint8Array({ minLength: 10, maxLength: 32 });

test('an id is a version 7 UUID that carries its time', () => {
  fc.assert(
    fc.property(times, noise, (ms, random) => {
      const id = uuidV7(ms, random);
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(uuidTime(id)).toBe(ms);
    }),
  );
});

test('ids are ordered by their time, whatever the noise', () => {
  fc.assert(
    fc.property(times, times, noise, noise, (a, b, first, second) => {
      fc.pre(a < b);
      expect(uuidV7(a, first) < uuidV7(b, second)).toBe(true);
    }),
  );
});

test('what is no time or too little noise is refused', () => {
  expect(() => uuidV7(-1, new Uint8Array(10))).toThrow(RangeError);
  expect(() => uuidV7(2 ** 48, new Uint8Array(10))).toThrow(RangeError);
  expect(() => uuidV7(0, new Uint8Array(9))).toThrow(RangeError);
});

test('the same cause and key give the same id at the time of the cause, another key another id', () => {
  const cause = newId();

  expect(derivedId(cause, 'debater_1')).toBe(derivedId(cause, 'debater_1'));
  expect(derivedId(cause, 'debater_1')).not.toBe(derivedId(cause, 'debater_2'));
  expect(uuidTime(derivedId(cause, 'debater_1'))).toBe(uuidTime(cause));
});
