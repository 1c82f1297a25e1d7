import { randomBytes } from 'node:crypto';

/** The keys that secrets are sealed with; `current` seals, the others only open what they sealed. */
export interface KeyRing {
  readonly current: string;
  readonly keys: ReadonlyMap<string, Buffer>;
}

const KEY_BYTES = 32;
const ENTRY = /^(?<id>[A-Za-z0-9_-]{1,64}):(?<key>[A-Za-z0-9+/]{43}=)$/;

/** Reads `<keyId>:<base64 of 32 bytes>[,…]`; the first is current. Throws an Error that says what is wrong, never the key. */
export function parseEncryptionKeys(text: string): KeyRing {
  const keys = new Map<string, Buffer>();
  for (const [index, entry] of text
    .trim()
    .split(/[,\s]+/)
    .entries()) {
    const { id, key } = ENTRY.exec(entry)?.groups ?? {};
    if (id === undefined || key === undefined)
      throw new Error(`entry ${index + 1} is not <keyId>:<base64 of ${KEY_BYTES} bytes>`);
    if (keys.has(id)) throw new Error(`the key id ${id} is there twice`);
    keys.set(id, Buffer.from(key, 'base64'));
  }
  const [current] = keys.keys();
  if (current === undefined) throw new Error('there is no key');
  return { current, keys };
}

/** A new key in the form that `parseEncryptionKeys` reads. */
export function newEncryptionKey(now = new Date()): string {
  const id = `k${now.toISOString().slice(0, 10).replaceAll('-', '')}`;
  return `${id}:${randomBytes(KEY_BYTES).toString('base64')}`;
}
