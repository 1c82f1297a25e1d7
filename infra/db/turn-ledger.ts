import type { Pool } from 'pg';
import type {
  CallContext,
  CallRecord,
  StoredTurn,
  TurnBegun,
  TurnLedger,
} from '../../activities/ports/turn-ledger.ts';
import { messageTokens } from '../../workflows/domain/tokens.ts';
import type { TurnRequest } from '../../workflows/contract/turns.ts';
import { crashPoint, crashPointOnceSent } from '../faults/crash-point.ts';
import { callBy } from './call.ts';
import { groupCalls } from './group-calls.ts';
import { newId } from './new-id.ts';
import { DatabaseUnavailable } from './pool.ts';

/** How long a reservation outlives its last sign of life. Extended by the call's heartbeat; `sweep` releases what expired. */
const LEASE_MS = 120_000;

/**
 * The ledger over the SQL functions of `functions/turn.sql`: one round trip and one transaction each, or for several
 * turns of an execution that begin or end at once (see `docs/adr/0002-turn-in-two-round-trips.md`).
 */
export function makeTurnLedger(pool: Pool): TurnLedger {
  const call = callBy(pool);
  const beginTurn = groupCalls<Beginning, TurnBegun>({
    send: (turns) => call('turns_begin', [JSON.stringify(turns)]),
    mayBeOne,
  });
  const endTurn = groupCalls<Success, { readonly outcome: StoredTurn | null }>({
    send: (turns) => call('turns_succeed', [JSON.stringify(turns)]),
    mayBeOne,
  });

  return {
    async begin(turn, waitedBudgetMs) {
      crashPoint('t1');
      const begun = await beginTurn(turn.executionId, {
        ...placeOf(turn),
        ask: turn.ask,
        hears: turn.hears,
        leaseMs: LEASE_MS,
        waitedMs: Math.round(waitedBudgetMs),
        id: newId(),
      });
      if (begun.status === 'go') crashPoint('t2');
      return begun;
    },

    async succeed(turn, context, record, answer) {
      crashPoint('t5');
      crashPointOnceSent('t6');
      const { call: number, ordinal, omittedRounds } = context;
      const { outcome } = await endTurn(turn.executionId, {
        ...placeOf(turn),
        call: number,
        ordinal,
        record,
        answer: { ...answer, tokenEstimate: messageTokens(answer.text), omittedRounds },
        messageId: newId(),
        callId: newId(),
        eventId: newId(),
      });
      crashPoint('t7');
      return outcome;
    },

    fail: (turn, context, record, failure, invalidText) =>
      call<number>('turn_fail', [
        ...flightKey(turn, context),
        JSON.stringify(record),
        failure && JSON.stringify({ ...failure, message: failure.message }),
        invalidText ?? null,
        newId(),
      ]),

    async ask(turn, context, record, question) {
      crashPoint('t5');
      crashPointOnceSent('t6');
      const isStored = await call<boolean>('turn_ask', [
        ...flightKey(turn, context),
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
      call<boolean>('turn_extend', [...flightKey(turn, context), LEASE_MS]),
  };
}

/** One of several turns may have failed for a reason of its own. */
const mayBeOne = (error: unknown): boolean => !(error instanceof DatabaseUnavailable);

/** As `turns_begin` reads it. */
interface Beginning extends Place {
  readonly ask: unknown;
  readonly hears: unknown;
  readonly leaseMs: number;
  readonly waitedMs: number;
  readonly id: string;
}

/** As `turns_succeed` reads it. */
interface Success extends Place {
  readonly call: number;
  readonly ordinal: number;
  readonly record: CallRecord;
  readonly answer: unknown;
  readonly messageId: string;
  readonly callId: string;
  readonly eventId: string;
}

interface Place {
  readonly owner: string;
  readonly execution: string;
  readonly seat: string;
  readonly sequence: number;
  readonly round: number;
}

const placeOf = ({ ownerId, executionId, agentExecutionId, sequence, round }: TurnRequest) => ({
  owner: ownerId,
  execution: executionId,
  seat: agentExecutionId,
  sequence,
  round,
});

/** What identifies a flight: owner, execution, sequence, call, ordinal. */
const flightKey = (
  { ownerId, executionId, sequence }: TurnRequest,
  { call, ordinal }: CallContext,
): unknown[] => [ownerId, executionId, sequence, call, ordinal];
