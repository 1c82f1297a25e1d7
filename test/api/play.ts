import type { ExecutionStore } from '../../activities/ports/stores.ts';
import type { CallContext, TurnLedger } from '../../activities/ports/turn-ledger.ts';
import type { DebateOutcome, Vote } from '../../workflows/contract/outcomes.ts';
import type { FailureCode } from '../../workflows/contract/errors.ts';
import type { Ending, Placed, Placing } from '../../workflows/contract/executions.ts';
import type { Ask, TurnRequest } from '../../workflows/contract/turns.ts';

/** What workers do for one execution, a step at a time. */
export interface Play {
  /** The seats are there, the execution is running. */
  prepare(): Promise<void>;
  /** A seat takes its turn with this choice; `rehearsal` unless said otherwise. */
  speak(turn: Line): Promise<void>;
  /** A call begins and stays in flight. */
  begin(turn: Line): Promise<void>;
  /** A turn's only call fails for good, and the seat gives up. */
  fail(turn: Line): Promise<void>;
  /** There is no money for the turn. */
  cannotPay(turn: Line): Promise<void>;
  /** What people said, and waits, gets its place. */
  place(placing: Pick<Placing, 'from' | 'round'>): Promise<Placed>;
  /** Everyone agreed on the first option, or as told. */
  complete(votes?: readonly Vote[]): Promise<unknown>;
  failExecution(message: string, code?: FailureCode): Promise<unknown>;
  /** The run that was prepared last ends so. */
  close(ending: Ending): Promise<unknown>;
}

export interface Line {
  readonly slot: string;
  readonly sequence: number;
  readonly round?: number;
  readonly choice?: string;
  readonly text?: string;
  readonly isRehearsal?: boolean;
  /** It hears what has a smaller number; its own, unless it was planned with others. */
  readonly before?: number;
  /** Its position in this round, unless said otherwise. */
  readonly ask?: Ask;
}

const RECORD = {
  usage: { input: 100, cached: 0, output: 20, reasoning: 0 },
  costUsd: '0.000250',
  latencyMs: 12,
  firstTokenMs: 3,
  finishReason: 'stop',
  providerRequestId: null,
  isRehearsal: true,
};

/** Plays an execution on the real ledger and store. */
export function makePlay(
  { ledger, executions }: { ledger: TurnLedger; executions: ExecutionStore },
  ids: { readonly ownerId: string; readonly executionId: string },
): Play {
  const seats = new Map<string, string>();
  let runs = 0;
  const close: Play['close'] = (ending) =>
    executions.close({ ...ids, runId: `run-${runs}` }, ending);
  const turnOf = ({ slot, sequence, round = 1, before = sequence, ask }: Line): TurnRequest => ({
    ...ids,
    agentExecutionId: seats.get(slot)!,
    slot,
    round,
    sequence,
    ask: ask ?? { kind: 'position', round, maxRounds: 2 },
    hears: { before, rounds: { from: 1, to: round - 1 } },
  });
  const begin = async (line: Line): Promise<{ turn: TurnRequest; context: CallContext }> => {
    const turn = turnOf(line);
    const begun = await ledger.begin(turn, 0);
    if (begun.status !== 'go') throw new Error(`the turn is ${begun.status}`);
    return { turn, context: begun };
  };
  return {
    prepare: async () => {
      runs += 1;
      const prepared = await executions.prepare({ ...ids, runId: `run-${runs}` });
      if (prepared.status === 'closed') throw new Error('the execution is closed');
      for (const { slot, agentExecutionId } of prepared.seats) seats.set(slot, agentExecutionId);
    },
    speak: async (line) => {
      const { turn, context } = await begin(line);
      const { choice = 'yes', text = `I say ${choice}.`, isRehearsal = true } = line;
      const answer = { text, choice, confidence: 0.8, reasoning: 'Because.' };
      await ledger.succeed(
        turn,
        context,
        { ...RECORD, isRehearsal },
        { ...answer, abstained: false, output: { ...answer, abstain: false }, labels: null },
      );
    },
    begin: async (line) => void (await begin(line)),
    fail: async (line) => {
      const { turn, context } = await begin(line);
      await ledger.fail(turn, context, RECORD, {
        code: 'model_refused',
        message: 'it declined',
        retryable: false,
        outcomeKnown: true,
      });
      await ledger.giveUp(turn, 'model_refused');
    },
    cannotPay: (line) => ledger.giveUp(turnOf(line), 'budget_exhausted'),
    place: (placing) => executions.placeInterjections({ ...ids, ...placing }),
    complete: (votes = []) => close({ state: 'completed', outcome: debateOutcome(votes) }),
    failExecution: (message, code = 'no_quorum') => close({ state: 'failed', code, message }),
    close,
  };
}

/** How a debate of one round ended that agreed on the first option. */
export const debateOutcome = (votes: readonly Vote[]): DebateOutcome => ({
  kind: 'debate',
  method: 'majority',
  decidedBy: 'agreement',
  converged: true,
  rounds: 1,
  budgetEnded: false,
  agreement: 1,
  position: 0,
  mediatorSequence: null,
  votes,
});
