const LABELLED = /^(?<label>[A-Z]{1,3}): (?<position>.*)$/gm;

/**
 * What a judge answers: the labels of the lines `A: <position>` in its prompt, those whose positions are equal but for
 * case, spacing and punctuation together, in order of appearance.
 */
export function groupLabels(prompt: string): readonly (readonly string[])[] {
  const positions = [...prompt.matchAll(LABELLED)].map(({ groups }) => ({
    label: groups!['label']!,
    position: groups!['position']!,
  }));
  const groups = Map.groupBy(positions, ({ position }) => wordsOf(position));
  return [...groups.values()].map((members) => members.map(({ label }) => label));
}

const wordsOf = (position: string): string =>
  position
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
