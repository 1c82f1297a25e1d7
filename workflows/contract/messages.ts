import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { Decision } from '../domain/enums.ts';

/** How far an execution is; counts begin anew with each run of a workflow that continues as new. */
export interface Progress {
  /** The round under way, 0 before the first and where there are no rounds. */
  readonly round: number;
  /** The most rounds there can be; 0 where there are none. */
  readonly maxRounds: number;
  /** Slots whose turn is under way. */
  readonly speaking: readonly string[];
  /** Turns taken, groupings and mediation included. */
  readonly spoken: number;
  /** Turns that came to nothing. */
  readonly failed: number;
}

/** A person has said something: it waits in the database for its place. */
export const interjectSignal = defineSignal('interject');

/** Read only. */
export const progressQuery = defineQuery<Progress>('progress');

/** A person's wish to hold an execution, or to let it go on. */
export interface PersonsWish {
  readonly userId: string;
}

/** Nothing new is begun until a person's `resume`; what is under way ends. */
export const pauseSignal = defineSignal<[PersonsWish]>('pause');

/** Ends a person's pause. What waits for an answer goes on waiting for it. */
export const resumeSignal = defineSignal<[PersonsWish]>('resume');

/** An interaction was answered, and how, never what was said. Its row has the last word. */
export interface Answered {
  readonly interactionId: string;
  readonly decision?: Decision;
}

/** Sent when the answer is committed. */
export const respondSignal = defineSignal<[Answered]>('respond');
