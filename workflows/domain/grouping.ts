import type { Answer } from '../../activities/ports/turn-ledger.ts';
import type { Ask } from '../contract/turns.ts';
import { labelOf, shuffled } from './labels.ts';

type Grouping = Extract<Ask, { kind: 'group' }>;

/**
 * The number of each asked sequence's group, from 0 in order of first appearance; null when a label is missing or
 * stands in two groups. Labels follow the order in which the judge was shown the positions, which `seed` decides.
 */
export function groupNumbers(
  ask: Grouping,
  seed: string,
  output: Readonly<Record<string, unknown>> | null,
): readonly number[] | null {
  const groups = (output?.['groups'] ?? []) as readonly (readonly string[])[];
  const shown = shuffled(ask.sequences, seed);
  const numbers = new Map<number, number>();
  const taken = groups.flat();
  if (taken.length !== shown.length || new Set(taken).size !== taken.length) return null;
  return ask.sequences.map((sequence) => {
    const label = labelOf(shown.indexOf(sequence));
    const group = groups.findIndex((labels) => labels.includes(label));
    if (!numbers.has(group)) numbers.set(group, numbers.size);
    return numbers.get(group)!;
  });
}

/**
 * A judge's groups, with a label for each position: the words of the group's first seat. Null when they are not groups
 * of what was asked. `wordsAt` finds a position by its sequence.
 */
export function groupingOf(
  ask: Grouping,
  seed: string,
  data: Readonly<Record<string, unknown>>,
  wordsAt: (sequence: number) => string,
): Answer | null {
  const groups = groupNumbers(ask, seed, data);
  if (groups === null) return null;
  const labels = Object.fromEntries(
    ask.sequences.map((sequence, i) => [
      sequence,
      wordsAt(ask.sequences[groups.indexOf(groups[i]!)]!),
    ]),
  );
  const count = Math.max(...groups) + 1;
  return {
    text: count === 1 ? 'All positions are the same.' : `${count} different positions.`,
    output: data,
    choice: null,
    confidence: null,
    abstained: false,
    reasoning: null,
    labels,
  };
}
