import type { Vote } from '../../workflows/contract/outcomes.ts';

/** Votes for these positions, in seat order, each with the given weight or 1. */
export const votesFor = (
  positions: readonly number[],
  weights: readonly number[] = positions.map(() => 1),
): Vote[] =>
  positions.map((position, i) => ({
    slot: `debater_${i + 1}`,
    sequence: i + 1,
    position,
    weight: weights[i]!,
    confidence: null,
  }));
