import type { PreparedSeat } from '../contract/executions.ts';
import type { TurnRequest, TurnResult } from '../contract/turns.ts';
import { questionWithdrawn } from './failures.ts';
import type { Pauses } from './pause.ts';
import type { Questions } from './questions.ts';
import { turn } from './turn.ts';

/**
 * Has seats take their turns to the end: where a seat asks a person, its turn is taken again, at the same place, when
 * somebody has answered, or nobody would in time. The ledger knows the calls that were made for it, and the answers.
 */
export const makeSpeak =
  ({ questions, pauses }: { readonly questions: Questions; readonly pauses: Pauses }) =>
  async (seat: PreparedSeat, request: TurnRequest, summary: string): Promise<TurnResult> => {
    for (;;) {
      const result = await turn(seat, request, summary);
      if (result.status !== 'asks') return result;
      const standing = await questions.ask(result.callId, seat.slot);
      if (standing.state === 'cancelled') throw questionWithdrawn();
      await pauses.over();
    }
  };
