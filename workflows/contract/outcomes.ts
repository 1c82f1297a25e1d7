import type { ConsensusMethod, CrosscheckVerdict } from '../domain/enums.ts';
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

export interface SoloOutcome {
  readonly kind: 'answer';
  readonly sequence: number;
}

/** How an execution came to its end, by type. A new topology adds its outcome here. */
export type Outcome = DebateOutcome | CrosscheckOutcome | EnsembleOutcome | SoloOutcome;
