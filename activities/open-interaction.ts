import type { GateOpening, GateStanding } from '../workflows/contract/gates.ts';
import type { OrchestrationDeps } from './ports/deps.ts';

/** Asks people what a gate asks, once for the same content, and says how the question stands. */
export const makeOpenInteraction =
  ({ interactions, live }: Pick<OrchestrationDeps, 'interactions' | 'live'>) =>
  async (opening: GateOpening): Promise<GateStanding> => {
    const standing = await interactions.open(opening);
    live.nudge();
    return standing;
  };
