import type { AgentsQuestion, GateStanding } from '../workflows/contract/gates.ts';
import type { OrchestrationDeps } from './ports/deps.ts';

/** Asks a person what an agent asks in a call, once, and says how the question stands. */
export const makeAskPerson =
  ({ interactions, live }: Pick<OrchestrationDeps, 'interactions' | 'live'>) =>
  async (question: AgentsQuestion): Promise<GateStanding> => {
    const standing = await interactions.ask(question);
    live.nudge();
    return standing;
  };
