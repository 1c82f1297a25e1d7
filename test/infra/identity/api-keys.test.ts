import { expect, test } from 'vitest';
import { newApiKey, parseApiKey } from '../../../infra/identity/api-keys.ts';

test('a new key is found again by what is kept of it, and holds nothing of that which is secret', () => {
  const { key, prefix, hash } = newApiKey();

  expect(key).toMatch(/^cnv_[a-z0-9]{8}_[A-Za-z0-9_-]{43}$/);
  expect(parseApiKey(key)).toEqual({ prefix, hash });
  expect(hash).toHaveLength(32);
});

test('no two keys are alike', () => {
  const keys = Array.from({ length: 100 }, newApiKey);

  expect(new Set(keys.map(({ key }) => key)).size).toBe(100);
  expect(new Set(keys.map(({ hash }) => hash.toString('hex'))).size).toBe(100);
});

test('a changed secret has another hash under the same prefix', () => {
  const { key, prefix, hash } = newApiKey();
  const forged = key.slice(0, -1) + (key.endsWith('A') ? 'B' : 'A');

  expect(parseApiKey(forged)?.prefix).toBe(prefix);
  expect(parseApiKey(forged)?.hash.equals(hash)).toBe(false);
});

test.for([
  '',
  'cnv_',
  'cnv_abcdefgh_short',
  'sk-abcdefgh',
  ` ${newApiKey().key}`,
  `${newApiKey().key}x`,
])('%j is no key', (text) => {
  expect(parseApiKey(text)).toBeNull();
});
