import type { ResolvedAgent } from '../../workflows/contract/definition.ts';
import type { FailureCode, ModelCallFailed } from '../../workflows/contract/errors.ts';
import type { ExecutionInput } from '../../workflows/contract/executions.schema.ts';
import type { PersonQuestion } from '../../workflows/contract/tools.schema.ts';
import type { TurnRequest } from '../../workflows/contract/turns.ts';
import type { Team } from '../../workflows/domain/delegation.ts';
import type { HeardMessage } from '../../workflows/domain/prompt.ts';
import type { AskedPerson } from '../../workflows/domain/prompts/asked-text.ts';
import type { TokenUsage } from './models.ts';

/** Answer of `TurnLedger.begin`. */
export type TurnBegun =
  /** The ledger holds the outcome of this very ask: nobody is called. */
  | { readonly status: 'done'; readonly outcome: StoredTurn }
  /** The agent has asked a person in this call, and nobody has answered yet. */
  | { readonly status: 'asks'; readonly callId: string }
  /** No room because of other calls' reservations: come back. */
  | { readonly status: 'waiting_budget' }
  /** No room even without them. */
  | { readonly status: 'budget_exhausted' }
  /** Every model failed for good or too often; `code` is the last failure's. */
  | { readonly status: 'exhausted'; readonly code: FailureCode }
  | ({ readonly status: 'go' } & CallContext);

/** What one call needs, and what identifies it until it ends. */
export interface CallContext {
  readonly call: number;
  readonly ordinal: number;
  /** Attempts of this call so far, this one included; more than 1: an earlier one died in flight. */
  readonly attempt: number;
  readonly modelIndex: number;
  readonly agent: ResolvedAgent;
  readonly slot: string;
  readonly input: ExecutionInput;
  readonly heard: readonly HeardMessage[];
  /** What the agent has asked people in this turn, in its order; absent where it may not. */
  readonly asked?: readonly AskedPerson[];
  /** Rounds left out because they did not fit the model. */
  readonly omittedRounds: number;
  readonly callsBefore: number;
  /** What lots are drawn with: the same in an execution and all its forks. */
  readonly seed: string;
  /** The answer of the call before, where it was not valid: this call is its repair. */
  readonly invalidAnswer: string | null;
}

/** A turn as the ledger keeps it. */
export interface StoredTurn {
  readonly messageId: string;
  /** The option chosen, or the position in the agent's own words. */
  readonly choice: string | null;
  /** The choice's index in the input's options. */
  readonly position: number | null;
  readonly output: Readonly<Record<string, unknown>> | null;
  readonly confidence: number | null;
  readonly abstained: boolean;
  readonly tokens: number;
  readonly costUsd: string;
  /** As in `CallContext`. */
  readonly seed: string;
  /** Of a coordinator's plan: among whom its parts are handed out; null or absent: it is none. */
  readonly team?: Team | null;
}

/** What a call cost, whatever became of it. */
export interface CallRecord {
  readonly usage: TokenUsage;
  readonly costUsd: string;
  readonly latencyMs: number;
  readonly firstTokenMs: number | null;
  readonly finishReason: string | null;
  readonly providerRequestId: string | null;
  readonly isRehearsal: boolean;
}

/** A valid answer, as it becomes a message. */
export interface Answer {
  readonly text: string;
  readonly output: Readonly<Record<string, unknown>> | null;
  readonly choice: string | null;
  readonly confidence: number | null;
  readonly abstained: boolean;
  readonly reasoning: string | null;
  /** A judge's groups: label by the sequence of the message that holds the position. */
  readonly labels: Readonly<Record<string, string>> | null;
}

/**
 * The call ledger of turns (`promises.md`, rule 1). Each function is one transaction of one round trip; all may be
 * repeated. The key is execution, sequence and call, whatever Temporal's run or attempt.
 */
export interface TurnLedger {
  /** `waitedBudgetMs`: how long this turn has waited for room so far. */
  begin(turn: TurnRequest, waitedBudgetMs: number): Promise<TurnBegun>;
  /**
   * Writes the outcome and returns the stored one. Null: another attempt of this call is still at work; the cost of
   * this one is booked as a repeat.
   */
  succeed(
    turn: TurnRequest,
    context: CallContext,
    record: CallRecord,
    answer: Answer,
  ): Promise<StoredTurn | null>;
  /**
   * Writes a failed call, frees its reservation and returns how often its model has failed in this call. `failure` is
   * null where the call was broken off by us; `invalidText` is kept for the repair.
   */
  fail(
    turn: TurnRequest,
    context: CallContext,
    record: CallRecord,
    failure: Pick<ModelCallFailed, 'code' | 'message' | 'retryable' | 'outcomeKnown'> | null,
    invalidText?: string,
  ): Promise<number>;
  /**
   * Writes that the call asked a person instead of answering. False: another attempt of this call is still at work; the
   * cost of this one is booked as a repeat.
   */
  ask(
    turn: TurnRequest,
    context: CallContext,
    record: CallRecord,
    question: PersonQuestion,
  ): Promise<boolean>;
  /** Writes that the seat gave no answer in this turn. */
  giveUp(turn: TurnRequest, code: FailureCode): Promise<void>;
  /** Moves the reservation's expiry; false when the flight is no longer this attempt's. */
  extend(turn: TurnRequest, context: CallContext): Promise<boolean>;
}
