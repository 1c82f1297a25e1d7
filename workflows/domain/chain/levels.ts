import type { ChainConfig } from '../../contract/topologies.schema.ts';

/** The most parts of one plan. */
const MOST_PARTS = 8;

/** The level of a slot, from 0 at the top: that of its name, or of `<level>_<n>`; -1: none. */
export function levelOf(levels: readonly string[], slot: string): number {
  const named = levels.indexOf(slot);
  if (named >= 0) return named;
  return levels.findIndex(
    (level) => slot.startsWith(`${level}_`) && /^[1-9]\d{0,2}$/.test(slot.slice(level.length + 1)),
  );
}

/** The slots of each level, from the top down, in seat order. */
export const rankSlots = (levels: readonly string[], slots: readonly string[]): string[][] =>
  levels.map((_, level) => slots.filter((slot) => levelOf(levels, slot) === level));

type Depth = Pick<ChainConfig, 'authorityLevels' | 'maxDelegationDepth'>;

/** The lowest level that work can come down to. */
export const lowestLevel = ({ authorityLevels, maxDelegationDepth }: Depth): number =>
  Math.min(authorityLevels.length - 1, maxDelegationDepth);

/** The most rounds of a chain: one a level on the way down; guidance, redoing, taking over and merging on the way up. */
export const mostChainRounds = (config: Depth): number => 5 * lowestLevel(config) + 1;

/** The most tasks in one chain. Eight parts a plan over eight levels would be two million. */
export const MOST_TASKS = 200;

/** How many parts each of `plans` may have, so that a chain of `tasks` so far keeps within its bound. */
export const partsLeft = (tasks: number, plans: number): number =>
  Math.min(MOST_PARTS, Math.floor((MOST_TASKS - tasks) / Math.max(1, plans)));
