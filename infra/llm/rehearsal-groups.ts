const LABELLED = /^(?<label>[A-Z]{1,3}): (?<position>.*)$/gm;

/**
 * What a judge answers: those of `labels` whose positions are equal but for case, spacing and punctuation together. The
 * positions are the lines `A: <position>` of the prompt; of several lines with one label the last counts, because what
 * stands before the positions may have such lines too.
 */
export function groupLabels(
  prompt: string,
  labels: readonly string[],
): readonly (readonly string[])[] {
  const positions = new Map(
    [...prompt.matchAll(LABELLED)].map(({ groups }) => [groups!['label']!, groups!['position']!]),
  );
  return [...Map.groupBy(labels, (label) => wordsOf(positions.get(label) ?? '')).values()];
}

const wordsOf = (position: string): string =>
  position
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
