import type { ConsensusMethod } from '../domain/enums.ts';
import type { FailureCode } from './errors.ts';

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
export type Outcome = CompoundOutcome | DebateOutcome | PipelineOutcome | SoloOutcome;
