import type { ConsensusMethod, CrosscheckVerdict, RoutingStrategy } from '../domain/enums.ts';
import type { FailureCode } from './errors.ts';
import type { Piece } from './turns.ts';

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

/** How a crosscheck ended: the verdict on the last version of the artifact. */
export interface CrosscheckOutcome {
  readonly kind: 'crosscheck';
  readonly method: ConsensusMethod;
  readonly decidedBy: 'method' | 'mediator' | null;
  readonly converged: boolean;
  /** One more than the revisions. */
  readonly rounds: number;
  /** Share of the largest group of the last round: by weight under `weighted`, by heads otherwise. */
  readonly agreement: number;
  /** Null: the checkers came to no decision. */
  readonly verdict: CrosscheckVerdict | null;
  /** The producer's message that holds the last version; null: the input's artifact. */
  readonly artifactSequence: number | null;
  readonly mediatorSequence: number | null;
  /** The valid verdicts of the last round, as positions in `CROSSCHECK_VERDICTS`. */
  readonly votes: readonly Vote[];
}

/** What an ensemble brought: the activity that records it puts the answers together. */
export interface EnsembleOutcome {
  readonly kind: 'ensemble';
  /** The messages that hold an answer, in seat order; abstentions hold none. */
  readonly sequences: readonly number[];
  readonly failed: readonly { readonly slot: string; readonly code: FailureCode }[];
  /** The message that puts the answers together, where the method asks for one. */
  readonly synthesisSequence: number | null;
}

/** A child that took place: why it counts as failed, or null. */
export interface PartDone {
  readonly name: string;
  readonly code: FailureCode | null;
}

export interface CompoundOutcome {
  readonly kind: 'compound';
  /** In the order of the children. */
  readonly parts: readonly PartDone[];
  /** Under `conditional`: the branch that was taken; null: no condition held, and there is no default. */
  readonly branch: string | null;
  /** The message that puts the outputs together, where the method asks for one. */
  readonly synthesisSequence: number | null;
}

export interface SoloOutcome {
  readonly kind: 'answer';
  readonly sequence: number;
}

/** What became of a piece that was handed down in a chain. */
export interface ChainPiece extends Piece {
  /** Who it was given to. */
  readonly slot: string;
  /** Who wrote the report that counts: the seat itself, or the superior that took over. */
  readonly by: string;
  readonly status: 'reported' | 'redone' | 'taken_over' | 'failed';
  readonly report: number | null;
  readonly confidence: number | null;
  /** The seat's own report, where its superior took over; null: it gave none. */
  readonly overruled: number | null;
  /** Why the seat gave no report of its own. */
  readonly failure: FailureCode | null;
}

/** How a chain of command ended: the top's report, and those that it was merged from. */
export interface ChainOutcome {
  readonly kind: 'chain';
  readonly sequence: number;
  readonly confidence: number;
  /** The top itself is less sure than the escalation threshold asks. */
  readonly escalated: boolean;
  readonly rounds: number;
  readonly pieces: readonly ChainPiece[];
}

/** An item of a delegation in the hands of one specialist. */
export interface Assignment {
  /** Place in the plan, or in the input's items, from 0. */
  readonly item: number;
  readonly slot: string;
  /** Coverage × mean proficiency, 0 to 1. */
  readonly score: number;
  /** The message that reports on it, or says that there is no report. */
  readonly sequence: number;
  readonly confidence: number | null;
  /** Why the seat gave no report. */
  readonly failure: FailureCode | null;
}

/** How a delegation ended: the coordinator's merge, and who did what. */
export interface DelegationOutcome {
  readonly kind: 'delegation';
  /** The strategy that was used. */
  readonly method: RoutingStrategy;
  readonly sequence: number;
  readonly confidence: number;
  readonly rounds: number;
  /** The message with the items; null: the input lists them. */
  readonly plan: number | null;
  readonly assignments: readonly Assignment[];
}

/** A stage that was done: in which message, after how many attempts. */
export interface StageDone {
  readonly slot: string;
  readonly sequence: number;
  readonly attempts: number;
}

export interface PipelineOutcome {
  readonly kind: 'pipeline';
  /** All of them, in order. */
  readonly stages: readonly StageDone[];
}

/** How an execution came to its end, by type. A new topology adds its outcome here. */
export type Outcome =
  | SoloOutcome
  | DebateOutcome
  | ChainOutcome
  | DelegationOutcome
  | CrosscheckOutcome
  | EnsembleOutcome
  | PipelineOutcome
  | CompoundOutcome;
