/** The n-th label, from 0: A, B, … Z, AA, AB, … */
export function labelOf(n: number): string {
  const letter = String.fromCharCode(65 + (n % 26));
  return n < 26 ? letter : labelOf(Math.floor(n / 26) - 1) + letter;
}

/**
 * The order in which a judge is shown the positions of `sequences`: shuffled, so that the order of the seats carries
 * no weight, and always the same for the same seed and sequences.
 */
export function shuffled(sequences: readonly number[], seed: string): readonly number[] {
  const rank = (sequence: number): number => {
    let hash = 2_166_136_261; // FNV-1a, 32 bits
    for (const char of `${seed}/${sequence}`)
      hash = Math.imul(hash ^ char.charCodeAt(0), 16_777_619);
    return hash >>> 0;
  };
  return sequences.toSorted((a, b) => rank(a) - rank(b) || a - b);
}
