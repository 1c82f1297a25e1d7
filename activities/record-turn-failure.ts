import type { FailureCode } from '../workflows/contract/errors.ts';
import type { TurnRequest } from '../workflows/contract/turns.ts';
import type { OrchestrationDeps } from './ports/deps.ts';

/** Writes that a seat gave no answer, where Temporal gave the turn up before the turn could say so itself. */
export const makeRecordTurnFailure =
  ({ turns, live }: Pick<OrchestrationDeps, 'turns' | 'live'>) =>
  async ({ code, ...turn }: TurnRequest & { readonly code: FailureCode }): Promise<void> => {
    await turns.giveUp(turn, code);
    live.nudge();
  };
