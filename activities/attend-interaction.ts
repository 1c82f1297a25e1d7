import type { GateStanding, InteractionKey } from '../workflows/contract/gates.ts';
import type { OrchestrationDeps } from './ports/deps.ts';

/** Does what is due with a question: takes notice of its answer, asks more people, or ends it at its deadline. */
export const makeAttendInteraction =
  ({ interactions, live }: Pick<OrchestrationDeps, 'interactions' | 'live'>) =>
  async (key: InteractionKey): Promise<GateStanding> => {
    const standing = await interactions.attend(key);
    live.nudge();
    return standing;
  };
