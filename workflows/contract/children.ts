import type { ClosedState } from '../domain/transitions.ts';
import type { FailureCode } from './errors.ts';
import type { ExecutionWorkflow } from './names.ts';

/** Input of `openChild`: which child of which execution. */
export interface ChildRequest {
  readonly ownerId: string;
  /** The parent's. */
  readonly executionId: string;
  readonly name: string;
}

/** A child that has ended, as far as its parent's workflow is told. */
export interface ChildClosed {
  readonly status: 'closed';
  readonly executionId: string;
  readonly state: ClosedState;
  /** Why it failed; null where it did not. */
  readonly code: FailureCode | null;
  /** Its output is, or holds, a number. */
  readonly hasNumber: boolean;
}

/** What `openChild` found or made. */
export type ChildOpened =
  | {
      readonly status: 'open';
      readonly executionId: string;
      readonly workflow: ExecutionWorkflow;
    }
  | ChildClosed
  /** Its mapping makes no valid input: the first field that is wrong. */
  | { readonly status: 'unfit'; readonly field: string };

/** Input of `postResults`: outputs of children become messages, so that a turn can hear them. */
export interface ResultsRequest {
  readonly ownerId: string;
  readonly executionId: string;
  /** In the order of the children; numbered from `firstSequence`. */
  readonly names: readonly string[];
  readonly firstSequence: number;
}
