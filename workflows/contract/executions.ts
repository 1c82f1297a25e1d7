import type { ConsensusMethod } from '../domain/enums.ts';
import type { FailureCode } from './errors.ts';
import type { DebateConfig } from './topologies.schema.ts';

/** Argument of every workflow that executes a definition. */
export interface ExecutionRequest {
  readonly ownerId: string;
  readonly executionId: string;
  /** For summaries in the Temporal UI; the caller's words, at most 100 characters. */
  readonly title?: string;
  /** ISO 8601; the execution fails with `deadline_exceeded` when it is still open then. */
  readonly deadline?: string;
  /** What the workflow has to know, where whoever starts it knows; without it, `prepareExecution` tells. */
  readonly prepared?: Ready;
  /** Set by continue-as-new: where the story goes on. */
  readonly resume?: DebateResume;
}

/** Where a debate goes on after continue-as-new: `round` is the next to be held. */
export interface DebateResume {
  readonly round: number;
  readonly nextSequence: number;
  /** The votes of the last full round. */
  readonly votes: readonly Vote[];
}

/** A seat as the workflow knows it. */
export interface PreparedSeat {
  readonly agentExecutionId: string;
  readonly slot: string;
  readonly weight: number;
  /** Milliseconds that one model call may take. */
  readonly timeoutMs: number;
}

/** What a workflow has to know of its execution. */
export type Ready = {
  readonly status: 'ready';
  readonly seats: readonly PreparedSeat[];
  /** How many options the input has; 0: positions are free text. */
  readonly optionCount: number;
} & (
  | {
      readonly workflow: 'debate';
      readonly config: DebateConfig;
      readonly mediatorSlot: string | null;
    }
  | { readonly workflow: 'soloAgent' }
);

/** What `prepareExecution` tells the workflow. `closed`: the row has already ended, there is nothing to do. */
export type Prepared = { readonly status: 'closed' } | Ready;

/** A valid vote: who, in which message, for which position (an option's index, or a group's number). */
export interface Vote {
  readonly slot: string;
  readonly sequence: number;
  readonly position: number;
  readonly weight: number;
  readonly confidence: number | null;
}

/** How a debate ended, in positions and sequences; the activity that records it puts the texts to it. */
export interface DebateOutcome {
  readonly kind: 'debate';
  readonly method: ConsensusMethod;
  readonly decidedBy: 'method' | 'agreement' | 'mediator' | null;
  readonly converged: boolean;
  readonly rounds: number;
  /** A further round could not be paid for. */
  readonly budgetEnded: boolean;
  /** Share of the largest group of the last round: by weight under `weighted`, by heads otherwise. */
  readonly agreement: number;
  /** The agreed position; null: none, or the mediator's own words. */
  readonly position: number | null;
  /** The mediator's message, where it decided. */
  readonly mediatorSequence: number | null;
  readonly votes: readonly Vote[];
}

export interface SoloOutcome {
  readonly kind: 'answer';
  readonly sequence: number;
}

export type Outcome = DebateOutcome | SoloOutcome;

/** Input of `closeExecution`. */
export type Ending =
  | { readonly state: 'completed'; readonly outcome: Outcome }
  | { readonly state: 'failed'; readonly code: FailureCode; readonly message: string }
  | { readonly state: 'cancelled' };

/** Who changes a state, for the history: `user:<id>` or a component. */
export type Actor = `user:${string}` | 'workflow' | 'sweep' | 'api';
