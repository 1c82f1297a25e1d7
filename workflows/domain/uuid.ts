/** Each byte as two digits. */
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/**
 * A version 7 UUID (RFC 9562, section 5.7) from a time in milliseconds and at least 10 random bytes.
 * Pure, so that the same cause (its time, a hash of its key) always gives the same id.
 */
export function uuidV7(ms: number, random: Uint8Array): string {
  if (!Number.isInteger(ms) || ms < 0 || ms >= 2 ** 48) throw new RangeError(`not a time: ${ms}`);
  if (random.length < 10) throw new RangeError('10 random bytes are needed');
  const bytes = new Uint8Array(16);
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(ms / 2 ** (8 * (5 - i))) % 256;
  bytes.set(random.subarray(0, 10), 6);
  bytes[6] = 0x70 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  let hex = '';
  for (const byte of bytes) hex += HEX[byte];
  return [0, 8, 12, 16, 20].map((at, i, starts) => hex.slice(at, starts[i + 1])).join('-');
}

/** The time in milliseconds that a version 7 UUID carries. */
export const uuidTime = (id: string): number =>
  Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
