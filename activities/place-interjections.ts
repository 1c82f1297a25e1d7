import type { Placed, Placing } from '../workflows/contract/executions.ts';
import type { OrchestrationDeps } from './ports/deps.ts';

/** Gives what people said, and nobody has heard yet, its places in the transcript. */
export const makePlaceInterjections =
  ({ executions, live }: Pick<OrchestrationDeps, 'executions' | 'live'>) =>
  async (placing: Placing): Promise<Placed> => {
    const placed = await executions.placeInterjections(placing);
    if (placed.count > 0) live.nudge();
    return placed;
  };
