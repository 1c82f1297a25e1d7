import type { InteractionKey } from '../workflows/contract/gates.ts';
import type { OrchestrationDeps } from './ports/deps.ts';

/** Puts what a person answered into the transcript, at the place that the workflow gives it. Once. */
export const makePlaceAnswer =
  ({ interactions, live }: Pick<OrchestrationDeps, 'interactions' | 'live'>) =>
  async (answer: InteractionKey & { sequence: number; round: number }): Promise<void> => {
    await interactions.placeAnswer(answer);
    live.nudge();
  };
