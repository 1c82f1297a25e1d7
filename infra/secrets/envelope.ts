import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { EngineError } from '../../workflows/contract/errors.ts';
import type { KeyRing } from '../config/encryption-keys.ts';

const CIPHER = 'aes-256-gcm';
const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** The row that a secret belongs to. Copied to another row, or to another owner, it does not open. */
export interface SecretPlace {
  readonly table: string;
  readonly rowId: string;
  /** Null: a shared row. */
  readonly ownerId: string | null;
}

/** A secret as it is stored: version byte, nonce, ciphertext and tag in one value, and beside it the id of its key. */
export interface SealedSecret {
  readonly envelope: Uint8Array;
  readonly keyId: string;
}

/** A stored secret cannot be opened; the message says what cures it. */
export class SecretUnreadable extends EngineError {
  constructor(message: string, options?: ErrorOptions) {
    super('internal', message, options);
  }
}

/** Encrypts a secret for its row with the ring's current key. */
export function sealSecret(ring: KeyRing, place: SecretPlace, secret: string): SealedSecret {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, keyOf(ring, ring.current), nonce);
  cipher.setAAD(additionalData(place));
  const body = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
  const envelope = Buffer.concat([Buffer.of(VERSION), nonce, body, cipher.getAuthTag()]);
  return { envelope, keyId: ring.current };
}

/** Decrypts a secret of its row, with whichever key of the ring sealed it. Throws `SecretUnreadable`. */
export function openSecret(ring: KeyRing, place: SecretPlace, sealed: SealedSecret): string {
  const envelope = Buffer.from(sealed.envelope);
  if (envelope[0] !== VERSION || envelope.length < 1 + NONCE_BYTES + TAG_BYTES) {
    throw new SecretUnreadable(`${secretOf(place)} has an unknown format: enter it anew.`);
  }
  const nonce = envelope.subarray(1, 1 + NONCE_BYTES);
  const decipher = createDecipheriv(CIPHER, keyOf(ring, sealed.keyId), nonce);
  decipher.setAAD(additionalData(place));
  decipher.setAuthTag(envelope.subarray(-TAG_BYTES));
  try {
    const body = envelope.subarray(1 + NONCE_BYTES, -TAG_BYTES);
    return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
  } catch (cause) {
    throw new SecretUnreadable(
      `${secretOf(place)} was changed, copied from another row, or sealed with another key of the name "${sealed.keyId}": enter it anew.`,
      { cause },
    );
  }
}

/** The secret under the ring's current key: the same value when it is already, so that a rotation can be repeated. */
export function resealSecret(
  ring: KeyRing,
  place: SecretPlace,
  sealed: SealedSecret,
): SealedSecret {
  return sealed.keyId === ring.current
    ? sealed
    : sealSecret(ring, place, openSecret(ring, place, sealed));
}

function keyOf(ring: KeyRing, keyId: string): Uint8Array {
  const key = ring.keys.get(keyId);
  if (key !== undefined) return key;
  throw new SecretUnreadable(
    `The encryption key "${keyId}" is not known: add it to CONCLAVE_ENCRYPTION_KEYS, or enter the secrets that it sealed anew.`,
  );
}

/** As JSON, so that no two places give the same bytes. */
const additionalData = ({ table, rowId, ownerId }: SecretPlace): Buffer =>
  Buffer.from(JSON.stringify([table, rowId, ownerId]));

const secretOf = ({ table, rowId }: SecretPlace): string => `The secret of ${table} ${rowId}`;
