import { defineQuery, defineSignal } from '@temporalio/workflow';

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
