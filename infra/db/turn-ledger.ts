import type { Pool } from 'pg';
import type {
  CallContext,
  StoredTurn,
  TurnBegun,
  TurnLedger,
} from '../../activities/ports/turn-ledger.ts';
import { messageTokens } from '../../workflows/domain/tokens.ts';
import type { TurnRequest } from '../../workflows/contract/turns.ts';
import { crashPoint, crashPointOnceSent } from '../faults/crash-point.ts';
import { newId } from './new-id.ts';
import { asDatabaseFailure } from './pool.ts';

/** How long a reservation outlives its last sign of life. Extended by the call's heartbeat; `sweep` releases what expired. */
const LEASE_MS = 120_000;

/**
 * The ledger over the SQL functions of `functions/turn.sql`: one round trip and one transaction each. Statements
 * are named, because planning an unnamed one costs more than running it (see `docs/adr/0002-turn-in-two-round-trips.md`).
 */
export function makeTurnLedger(pool: Pool): TurnLedger {
  const call = async <T>(name: string, values: readonly unknown[]): Promise<T> => {
    const places = values.map((_, i) => `$${i + 1}`).join(', ');
    const statement = {
      name,
      text: `select conclave.${name}(${places}) as result`,
      values: [...values],
    };
    try {
      const { rows } = await pool.query<{ result: T }>(statement);
      return rows[0]!.result;
    } catch (error) {
      throw asDatabaseFailure(error);
    }
  };

  return {
    async begin(turn, waitedBudgetMs) {
      crashPoint('t1');
      const begun = await call<TurnBegun>('turn_begin', [
        turn.ownerId,
        turn.executionId,
        turn.agentExecutionId,
        turn.sequence,
        turn.round,
        JSON.stringify(turn.ask),
        JSON.stringify(turn.hears),
        LEASE_MS,
        Math.round(waitedBudgetMs),
        newId(),
      ]);
      if (begun.status === 'go') crashPoint('t2');
      return begun;
    },

    async succeed(turn, context, record, answer) {
      crashPoint('t5');
      crashPointOnceSent('t6');
      const { outcome } = await call<{ outcome: StoredTurn | null }>('turn_succeed', [
        ...flightKey(turn, context, { withSeat: true }),
        JSON.stringify(record),
        JSON.stringify({
          ...answer,
          tokenEstimate: messageTokens(answer.text),
          omittedRounds: context.omittedRounds,
        }),
        newId(),
        newId(),
        newId(),
      ]);
      crashPoint('t7');
      return outcome;
    },

    fail: (turn, context, record, failure, invalidText) =>
      call<number>('turn_fail', [
        ...flightKey(turn, context, { withSeat: false }),
        JSON.stringify(record),
        failure && JSON.stringify({ ...failure, message: failure.message }),
        invalidText ?? null,
        newId(),
      ]),

    async ask(turn, context, record, question) {
      crashPoint('t5');
      crashPointOnceSent('t6');
      const isStored = await call<boolean>('turn_ask', [
        ...flightKey(turn, context, { withSeat: false }),
        JSON.stringify(record),
        JSON.stringify({ options: null, ...question }),
        newId(),
      ]);
      crashPoint('t7');
      return isStored;
    },

    async giveUp(turn, code) {
      const { ownerId, executionId, agentExecutionId, sequence, round } = turn;
      await call('turn_give_up', [
        ownerId,
        executionId,
        agentExecutionId,
        sequence,
        round,
        code,
        newId(),
        newId(),
      ]);
    },

    extend: (turn, context) =>
      call<boolean>('turn_extend', [...flightKey(turn, context, { withSeat: false }), LEASE_MS]),
  };
}

/** The place of a call: owner, execution, (seat,) sequence, (round,) call, ordinal. */
function flightKey(
  turn: TurnRequest,
  { call, ordinal }: CallContext,
  { withSeat }: { withSeat: boolean },
): unknown[] {
  const { ownerId, executionId, agentExecutionId, sequence, round } = turn;
  return withSeat
    ? [ownerId, executionId, agentExecutionId, sequence, round, call, ordinal]
    : [ownerId, executionId, sequence, call, ordinal];
}
