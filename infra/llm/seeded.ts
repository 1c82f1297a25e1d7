import { createHash } from 'node:crypto';

/** A number from 0 to below 1 that depends on the words alone. */
export function seededNumber(...words: readonly (string | number)[]): number {
  const digest = createHash('sha256').update(JSON.stringify(words)).digest();
  return digest.readUInt32BE(0) / 2 ** 32;
}

/** One of `items` that depends on the words alone. */
export const seededPick = <T>(items: readonly T[], ...words: readonly (string | number)[]): T =>
  items[Math.floor(seededNumber(...words) * items.length)]!;
