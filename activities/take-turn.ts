import { activityInfo, heartbeat } from '@temporalio/activity';
import { NotYet, type FailureCode } from '../workflows/contract/errors.ts';
import type { TurnAsks, TurnRequest, TurnResult } from '../workflows/contract/turns.ts';
import { makeCall } from './make-call.ts';
import type { InferenceDeps } from './ports/deps.ts';
import { spoken } from './spoken.ts';
import { turnNote } from './turn-note.ts';

/** How long a turn waits before it looks for room in the budget again. */
const BUDGET_WAIT_MS = 1_000;

/** What a retried attempt still has to know of the ones before. */
interface Carried {
  readonly waitedBudgetMs: number;
}

/**
 * One turn: one thing an agent says. The ledger says whether it was said before and which call is due; the model is
 * asked; the outcome is written in one transaction. Retried by Temporal without limit: what was recorded is never asked
 * for again, and a call that was in flight when its process died is counted as a repeat.
 */
export const makeTakeTurn = (deps: InferenceDeps) => {
  const call = makeCall(deps);

  return async (turn: TurnRequest): Promise<TurnResult | TurnAsks> => {
    for (;;) {
      const begun = await deps.ledger.begin(turn, carried().waitedBudgetMs);
      switch (begun.status) {
        case 'done':
          return spoken(turn, begun.outcome);
        case 'asks':
          return { status: 'asks', sequence: turn.sequence, callId: begun.callId };
        case 'waiting_budget':
          return waitForRoom(deps, turn);
        case 'budget_exhausted':
          return giveUp(deps, turn, 'budget_exhausted');
        case 'exhausted':
          // `cancelled`: the execution has ended, and takes no more rows.
          if (begun.code !== 'cancelled') return giveUp(deps, turn, begun.code);
          return { status: 'failed', sequence: turn.sequence, code: begun.code };
        case 'go': {
          const outcome = await call(turn, begun);
          if (outcome !== 'again') return spoken(turn, outcome);
        }
      }
    }
  };
};

async function giveUp(
  { ledger, live }: InferenceDeps,
  turn: TurnRequest,
  code: FailureCode,
): Promise<TurnResult> {
  await ledger.giveUp(turn, code);
  live.nudge();
  const { attempt } = activityInfo();
  live.send(turnNote(turn, { state: 'failed', model: null, attempt, code }));
  return { status: 'failed', sequence: turn.sequence, code };
}

function waitForRoom({ live }: InferenceDeps, turn: TurnRequest): never {
  const { attempt } = activityInfo();
  const until = new Date(Date.now() + BUDGET_WAIT_MS).toISOString();
  live.send(turnNote(turn, { state: 'waiting_budget', model: null, attempt, until }));
  heartbeat({ waitedBudgetMs: carried().waitedBudgetMs + BUDGET_WAIT_MS } satisfies Carried);
  throw new NotYet(
    'waiting_budget',
    'other calls of this execution hold the rest of its budget',
    BUDGET_WAIT_MS,
  );
}

const carried = (): Carried => {
  const details = activityInfo().heartbeatDetails as Partial<Carried> | undefined;
  return { waitedBudgetMs: details?.waitedBudgetMs ?? 0 };
};
