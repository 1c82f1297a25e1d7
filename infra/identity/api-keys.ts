import { createHash, randomBytes, randomInt } from 'node:crypto';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';
const PREFIX_LENGTH = 8;
/** 32 random bytes in base64url. */
const FORM = /^cnv_([a-z0-9]{8})_[A-Za-z0-9_-]{43}$/;

/** What is kept of a key: enough to find it and to know it again. */
export interface KeyPrint {
  readonly prefix: string;
  /** sha-256 of the whole key. */
  readonly hash: Buffer;
}

/** A new API key, `cnv_<prefix>_<secret>`: the key itself is for its user alone. */
export function newApiKey(): KeyPrint & { readonly key: string } {
  const prefix = Array.from({ length: PREFIX_LENGTH }, () => LETTERS[randomInt(LETTERS.length)]);
  const key = `cnv_${prefix.join('')}_${randomBytes(32).toString('base64url')}`;
  return { key, prefix: prefix.join(''), hash: hashOf(key) };
}

/** What to look a key up by; null when the text is no key. */
export function parseApiKey(text: string): KeyPrint | null {
  const [, prefix] = FORM.exec(text) ?? [];
  return prefix === undefined ? null : { prefix, hash: hashOf(text) };
}

const hashOf = (key: string): Buffer => createHash('sha256').update(key).digest();
