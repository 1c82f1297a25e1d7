import type { Floor } from './floor.ts';

/**
 * Gives the turns of a round their numbers, in the order given. What a turn hears stands `before` the first of them, for
 * all the same: nobody hears who happened to be faster.
 */
export function inSeatOrder<Turn extends object>(
  floor: Floor,
  turns: readonly Turn[],
): { readonly numbered: (Turn & { readonly sequence: number })[]; readonly before: number } {
  const numbered = turns.map((turn) => ({ ...turn, sequence: floor.nextSequence() }));
  return { numbered, before: numbered[0]!.sequence };
}
