import type { ModelCallFailed } from '../workflows/contract/errors.ts';
import type { ChildOpened, ChildRequest, ResultsRequest } from '../workflows/contract/children.ts';
import type { Ending, Placed, Placing, Prepared } from '../workflows/contract/executions.ts';
import type {
  AgentsQuestion,
  GateOpening,
  GateStanding,
  InteractionKey,
} from '../workflows/contract/gates.ts';
import type { LiveNote } from '../workflows/contract/live.ts';
import type { Rehearsal } from '../workflows/contract/rehearsal.schema.ts';
import type { ResolvedAgent, ResolvedModel } from '../workflows/contract/definition.ts';
import type { HeardMessage } from '../workflows/domain/prompt.ts';
import type { PersonQuestion } from '../workflows/contract/tools.schema.ts';
import type { AskedPerson } from '../workflows/domain/prompts/asked-text.ts';
import type { ExecutionInput } from '../workflows/contract/executions.schema.ts';
import type { DueStart } from '../workflows/contract/schedules.ts';
import type {
  Ask,
  GroupRequest,
  ItemRoute,
  RouteRequest,
  TurnRequest,
} from '../workflows/contract/turns.ts';
import type { FailureCode } from '../workflows/contract/errors.ts';

/** One thing said to or by a model, in our words. */
export interface ChatMessage {
  readonly role: 'user' | 'assistant';
  readonly text: string;
}

/** One model call. `schema` asks for a structured answer. */
export interface ModelRequest {
  readonly model: string;
  readonly system: string;
  readonly messages: readonly ChatMessage[];
  /** JSON Schema (draft 2020-12) of the answer, with a name for providers that want one; null: free text. */
  readonly schema: {
    readonly name: string;
    readonly json: Readonly<Record<string, unknown>>;
  } | null;
  /** What the model may ask for instead of answering; it is not run by the provider. */
  readonly tools?: readonly ToolSpec[];
  readonly temperature: number;
  /** The most tokens the answer may have. */
  readonly maxTokens: number;
  readonly timeoutMs: number;
  /** Only the rehearsal provider reads this. */
  readonly rehearsal: RehearsalCue;
}

/** A tool as a model is told of it; `parameters` is the JSON Schema of an object. */
export interface ToolSpec {
  readonly name: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** A tool that a model wants to be run. The arguments are cleaned, and not yet validated. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** What the rehearsal provider needs to play its part: it has no memory of its own. */
export interface RehearsalCue {
  readonly seed: string;
  readonly role: string;
  readonly slot: string;
  readonly ask: Ask;
  readonly options: readonly string[];
  /** Calls of this seat in this execution that were answered or failed before: the script's entry that is due. */
  readonly callsBefore: number;
  /** 1, or more when earlier attempts of this very call died in flight. */
  readonly attempt: number;
  readonly script: Rehearsal | undefined;
}

export interface TokenUsage {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
  readonly reasoning: number;
}

/** What came back. Text is cleaned: no `\u0000`, no lone surrogates, bounded. */
export interface Completion {
  readonly text: string;
  /** The parsed JSON where a schema was asked for and the text is JSON; else null. Not yet validated. */
  readonly structured: unknown;
  /** In the model's order; empty where it asks for none. */
  readonly toolCalls: readonly ToolCall[];
  readonly finishReason: 'stop' | 'length' | 'content_filter' | 'tool_calls' | 'other';
  readonly usage: TokenUsage;
  readonly providerRequestId: string | null;
  readonly firstTokenMs: number | null;
}

/** One provider's models behind one function. Never retries by itself: Temporal owns the retries. Throws `ModelCallFailed`. */
export interface ModelProvider {
  readonly isRehearsal: boolean;
  complete(
    request: ModelRequest,
    options: {
      readonly signal: AbortSignal;
      readonly idempotencyKey: string;
      /** Text as a person reads it: of structured answers the `text` field. */
      readonly onToken: (text: string) => void;
    },
  ): Promise<Completion>;
}

/** Finds the provider of a resolved model, with its credentials as they are now. */
export interface Models {
  open(ownerId: string, model: ResolvedModel): Promise<ModelProvider>;
}

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

/** The rows of executions. Each call may be repeated: the second one changes nothing. */
export interface ExecutionStore {
  /** queued → preparing → running, execution and seats. */
  prepare(execution: { ownerId: string; executionId: string; runId: string }): Promise<Prepared>;
  /** Writes output or error, the end state, its history and its event, for the execution and its seats. */
  close(execution: { ownerId: string; executionId: string }, ending: Ending): Promise<void>;
  /** Groups free-text positions that are equal after normalising; labels the messages, returns the group of each. */
  groupPositions(request: GroupRequest): Promise<readonly number[]>;
  /**
   * Places waiting interjections from a sequence on, in the order in which they came. While later turns are kept of an
   * earlier run or of a fork's origin they go on waiting: they come after those.
   */
  placeInterjections(placing: Placing): Promise<Placed>;
  /** Writes a person's pause or resume, with state, history and event. */
  pause(change: {
    ownerId: string;
    executionId: string;
    userId: string;
    isPaused: boolean;
  }): Promise<void>;
  /** Finds the seats of a plan's items, or of the input's; from rows that do not change, so that a repeat finds the same. */
  routeItems(request: RouteRequest): Promise<readonly ItemRoute[]>;
}

/**
 * Questions to people. Each call may be repeated: the second one changes nothing. The execution and those above it are
 * `paused` while a question is pending in it or under it.
 */
export interface Interactions {
  /** Finds the question that this gate asks about this content, or asks it. One that was answered is not asked again. */
  open(opening: GateOpening): Promise<GateStanding>;
  /** Finds what an agent asks in a call, or asks it. A retry of the execution asks again what was withdrawn. */
  ask(question: AgentsQuestion): Promise<GateStanding>;
  /** Withdraws a question that nobody needs to answer any more, if it is still open. */
  withdraw(key: InteractionKey): Promise<void>;
  /** Takes notice of an answer and carries it out, asks the next people, or ends the question at its deadline. */
  attend(key: InteractionKey): Promise<GateStanding>;
  /** Writes the text that was answered as a person's message. */
  placeAnswer(answer: InteractionKey & { sequence: number; round: number }): Promise<void>;
}

/** The children of compounds. Each call may be repeated: the second one changes nothing, and answers the same. */
export interface ChildStore {
  /** The child's execution: its row is made where there is none. */
  open(request: ChildRequest): Promise<ChildOpened>;
  /** The branch to take, worked out from the input and the outputs that are there. */
  chooseBranch(parent: Omit<ChildRequest, 'name'>): Promise<string | null>;
  /** Makes messages of the outputs of children. */
  postResults(request: ResultsRequest): Promise<void>;
}

/** Tokens and turn states for whoever watches. Never fails, never waits: what nobody hears is lost. */
export interface LiveFeed {
  send(note: LiveNote): void;
  /** Rows with events were committed: the relay may number them now. */
  nudge(): void;
}

/** Executions whose row and workflow disagree. */
export interface Sweeper {
  /** Starts what was never started, closes what Temporal has closed or lost, tells of what people said and answered, releases expired flights. Returns how many of each. */
  sweep(): Promise<{
    readonly started: number;
    readonly closed: number;
    readonly told: number;
    readonly released: number;
    /** Executions that were told of an answer again. */
    readonly woken: number;
  }>;
}

/** What schedules ask for. */
export interface ScheduleStarter {
  /** Accepts and starts the execution that a schedule asks for at a moment. May be repeated: the second one finds the first one's. */
  start(due: DueStart): Promise<void>;
}

export interface InferenceDeps {
  readonly models: Models;
  readonly ledger: TurnLedger;
  readonly live: LiveFeed;
}

export interface OrchestrationDeps {
  readonly children: ChildStore;
  readonly executions: ExecutionStore;
  readonly interactions: Interactions;
  readonly turns: Pick<TurnLedger, 'giveUp'>;
  readonly live: LiveFeed;
  readonly sweeper: Sweeper;
  readonly schedules: ScheduleStarter;
}
