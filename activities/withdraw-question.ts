import type { InteractionKey } from '../workflows/contract/gates.ts';
import type { OrchestrationDeps } from './ports/deps.ts';

/** Withdraws a question whose answer nobody waits for any more. */
export const makeWithdrawQuestion =
  ({ interactions, live }: Pick<OrchestrationDeps, 'interactions' | 'live'>) =>
  async (key: InteractionKey): Promise<void> => {
    await interactions.withdraw(key);
    live.nudge();
  };
