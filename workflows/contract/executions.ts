import type { ChainTask } from '../domain/chain/tasks.ts';
import type { ClosedState } from '../domain/transitions.ts';
import type { FailureCode } from './errors.ts';
import type { GatePlan } from './gates.ts';
import type { Outcome, StageDone, Vote } from './outcomes.ts';
import type { Plan } from './plans.ts';
import type { ItemRoute, Piece } from './turns.ts';

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
  readonly resume?: Resume;
}

/** Where a story goes on after continue-as-new. A new topology with a long story adds its line here. */
export type Resume = DebateResume | ChainResume | PipelineResume;

/** Where a chain goes on after `held` rounds. */
export interface ChainResume {
  readonly held: number;
  readonly nextSequence: number;
  readonly tasks: readonly ChainTask[];
}

/** Where a debate goes on after continue-as-new: `round` is the next to be held. */
export interface DebateResume {
  readonly round: number;
  readonly nextSequence: number;
  /** The votes of the last full round. */
  readonly votes: readonly Vote[];
}

/** Where a pipeline goes on after continue-as-new: after the stages that are done. */
export interface PipelineResume {
  readonly nextSequence: number;
  readonly stages: readonly StageDone[];
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
export type Ready = Plan & {
  readonly status: 'ready';
  readonly seats: readonly PreparedSeat[];
  /** How many options the input has; 0: positions are free text. */
  readonly optionCount: number;
  /** How many items of work the input lists, where it lists any. */
  readonly itemCount?: number;
  /** Of a delegation with such items: who gets them. Absent where people may change the items first. */
  readonly routes?: readonly ItemRoute[];
  /** The input brings the artifact that is to be checked. */
  readonly hasArtifact?: true;
  /** Only where people have spoken. */
  readonly interjections?: Interjections;
  /** Where people are asked. Absent: nowhere. */
  readonly gates?: readonly GatePlan[];
  /** A person had paused it when its rows were read. */
  readonly isPaused?: boolean;
};

/** What `prepareExecution` tells the workflow. `closed`: the row has already ended, there is nothing to do. */
export type Prepared = { readonly status: 'closed' } | Ready;

/** What people have said in an execution, before this run of its workflow or while nobody listened. */
export interface Interjections {
  /** Sequences that are theirs: no turn takes one of these. */
  readonly placed: readonly number[];
  /** Some still wait for their place. */
  readonly waiting: boolean;
}

/** Input of `placeInterjections`: what waits is placed from this sequence on. */
export interface Placing {
  readonly ownerId: string;
  readonly executionId: string;
  readonly round: number;
  readonly from: number;
}

/** Answer of `placeInterjections`: how many sequences are taken, and whether some still wait, behind turns that are kept. */
export interface Placed {
  readonly count: number;
  readonly waiting: boolean;
}

/** Input of `closeExecution`. */
export type Ending =
  | {
      readonly state: 'completed';
      readonly outcome: Outcome;
      /** Interactions before the completion whose answers go into the output, in their order. */
      readonly decided?: readonly string[];
    }
  | {
      readonly state: 'failed';
      readonly code: FailureCode;
      readonly message: string;
      /** What would have been the output, had people not stood in its way. */
      readonly outcome?: Outcome;
      readonly decided?: readonly string[];
      /** The piece of work that it failed on; its words are put to the message from the database. */
      readonly piece?: Piece;
    }
  | { readonly state: 'cancelled' };

/** How an execution ended, as far as its workflow and whoever contains it are told. */
export interface Closed {
  readonly status: 'closed';
  readonly executionId: string;
  readonly state: ClosedState;
  /** Why it failed; null where it did not. */
  readonly code: FailureCode | null;
  /** Its output is, or holds, a number. */
  readonly hasNumber: boolean;
}

/** Who changes a state, for the history: `user:<id>` or a component. */
export type Actor = `user:${string}` | 'workflow' | 'schedule' | 'sweep' | 'api';
