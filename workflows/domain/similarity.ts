/** How many words in a row are one gram. */
const GRAM = 3;

/** Every run of three words; of a shorter text all its words together. Case and punctuation make no difference. */
export function wordGrams(text: string): ReadonlySet<string> {
  const words = text
    .normalize('NFKC')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
  if (words.length === 0) return new Set();
  const last = Math.max(1, words.length - GRAM + 1);
  return new Set(Array.from({ length: last }, (_, i) => words.slice(i, i + GRAM).join(' ')));
}

/**
 * How similar each text is to the others on average, 0 to 1; a text without others is like nobody (0). Jaccard's index
 * of their word 3-grams (Broder 1997, "On the resemblance and containment of documents"): grams in both, of all in
 * either. Two texts without words are the same.
 */
export function meanSimilarities(texts: readonly string[]): number[] {
  const grams = texts.map(wordGrams);
  const shared = sharedGrams(grams);
  return grams.map((own, i) => {
    if (texts.length < 2) return 0;
    let sum = 0;
    for (const [j, other] of grams.entries()) {
      if (i === j) continue;
      const both = shared[i]![j]!;
      const either = own.size + other.size - both;
      sum += either === 0 ? 1 : both / either;
    }
    return sum / (texts.length - 1);
  });
}

/** How many grams each two have in common. By gram, not by pair: most grams are in one text only. */
function sharedGrams(grams: readonly ReadonlySet<string>[]): readonly Uint32Array[] {
  const holders = new Map<string, number[]>();
  for (const [i, own] of grams.entries()) {
    for (const gram of own) {
      const known = holders.get(gram);
      if (known) known.push(i);
      else holders.set(gram, [i]);
    }
  }
  const shared = grams.map(() => new Uint32Array(grams.length));
  for (const among of holders.values()) {
    for (const i of among) for (const j of among) shared[i]![j]! += 1;
  }
  return shared;
}
