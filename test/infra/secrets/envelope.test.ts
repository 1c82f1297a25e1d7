import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KeyRing } from '../../../infra/config/encryption-keys.ts';
import {
  type SecretPlace,
  SecretUnreadable,
  openSecret,
  resealSecret,
  sealSecret,
} from '../../../infra/secrets/envelope.ts';

const old = randomBytes(32);
const ring: KeyRing = { current: 'k1', keys: new Map([['k1', old]]) };
const place: SecretPlace = { table: 'provider_config', rowId: 'row', ownerId: 'owner' };
const anyPlace = fc.record({
  table: fc.string(),
  rowId: fc.string(),
  ownerId: fc.option(fc.string()),
});
const anySecret = fc.string({ unit: 'grapheme' });

test('what is sealed opens again in its place', () => {
  fc.assert(
    fc.property(anyPlace, anySecret, (where, secret) => {
      expect(openSecret(ring, where, sealSecret(ring, where, secret))).toBe(secret);
    }),
  );
});

test('a secret does not open in any other place', () => {
  fc.assert(
    fc.property(anyPlace, anyPlace, anySecret, (where, elsewhere, secret) => {
      fc.pre(JSON.stringify(where) !== JSON.stringify(elsewhere));
      const sealed = sealSecret(ring, where, secret);

      expect(() => openSecret(ring, elsewhere, sealed)).toThrow(SecretUnreadable);
    }),
  );
});

test('a secret with any bit changed does not open', () => {
  fc.assert(
    fc.property(anySecret, fc.nat(), fc.integer({ min: 0, max: 7 }), (secret, at, bit) => {
      const { envelope, keyId } = sealSecret(ring, place, secret);
      const changed = Buffer.from(envelope);
      changed[at % changed.length]! ^= 1 << bit;

      expect(() => openSecret(ring, place, { envelope: changed, keyId })).toThrow(SecretUnreadable);
    }),
  );
});

test('the same secret is never sealed to the same bytes', () => {
  const first = sealSecret(ring, place, 'sk-1').envelope;

  expect(first).not.toEqual(sealSecret(ring, place, 'sk-1').envelope);
  expect(Buffer.from(first).toString('latin1')).not.toContain('sk-1');
});

test('another key of the same name does not open it', () => {
  const sealed = sealSecret(ring, place, 'sk-1');
  const other: KeyRing = { current: 'k1', keys: new Map([['k1', randomBytes(32)]]) };

  expect(() => openSecret(other, place, sealed)).toThrow('sealed with another key');
});

test('an unknown key is named, with the way out', () => {
  const sealed = sealSecret(ring, place, 'sk-1');

  expect(() => openSecret({ current: 'k2', keys: new Map() }, place, sealed)).toThrow(
    'The encryption key "k1" is not known: add it to CONCLAVE_ENCRYPTION_KEYS',
  );
});

test('rotation reseals with the current key, once', () => {
  const rotated: KeyRing = {
    current: 'k2',
    keys: new Map([
      ['k1', old],
      ['k2', randomBytes(32)],
    ]),
  };
  const sealed = sealSecret(ring, place, 'sk-1');

  const resealed = resealSecret(rotated, place, sealed);

  expect(resealed.keyId).toBe('k2');
  expect(openSecret(rotated, place, resealed)).toBe('sk-1');
  expect(resealSecret(rotated, place, resealed)).toBe(resealed);
});
