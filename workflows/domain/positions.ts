/** Characters of the longest option of an input, or position in free text. */
export const LONGEST_OPTION = 1_000;

/**
 * Punctuation that is part of what is said and stays: a decimal point, a ratio or a range between digits, a minus
 * before a number, a per cent sign after one, the sharp of `C#`.
 */
const MEANT = String.raw`(?<=\p{N})[.,:/-](?=\p{N})|(?<![\p{L}\p{N}])-(?=\p{N})|(?<=\p{N})%|(?<=\p{L})#`;
const PUNCTUATION = new RegExp(`(${MEANT})|\\p{P}`, 'gu');
const APOSTROPHE = /(?<=\p{L})['’](?=\p{L})/gu;

/** A position without what makes no difference: Unicode form (NFKC), case, white space, punctuation. */
export function normalisePosition(text: string): string {
  // Lower case of upper case folds what lower case alone keeps apart (ß and ss).
  const plain = text.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase().normalize('NFKC');
  const words = plain
    .replace(APOSTROPHE, '')
    .replace(PUNCTUATION, (_sign, meant: string | undefined) => meant ?? ' ');
  // What is nothing but punctuation is told apart by it.
  return tidy(words) || tidy(plain);
}

const tidy = (text: string): string => text.replaceAll(/\s+/gu, ' ').trim();

/** The number of each position's group, from 0 in order of first appearance; equal after normalising is equal. */
export function groupEqual(positions: readonly string[]): number[] {
  const groups = new Map<string, number>();
  return positions.map((text) => {
    const key = normalisePosition(text);
    const group = groups.get(key) ?? groups.size;
    groups.set(key, group);
    return group;
  });
}
