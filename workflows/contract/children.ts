import type { Closed, Ready } from './executions.ts';
import type { ExecutionWorkflow } from './names.ts';

/** Input of `openChild`: which child of which execution. */
export interface ChildRequest {
  readonly ownerId: string;
  /** The parent's. */
  readonly executionId: string;
  readonly name: string;
}

/** What `openChild` found or made. */
export type ChildOpened =
  | {
      readonly status: 'open';
      readonly executionId: string;
      readonly workflow: ExecutionWorkflow;
      /** What its workflow has to know, where it is new: it begins while its rows are prepared. */
      readonly prepared?: Ready;
    }
  | Closed
  /** Its mapping makes no valid input: the first field that is wrong. */
  | { readonly status: 'unfit'; readonly field: string };

/** Input of `postResults`: outputs of children become messages, so that a turn can hear them. */
export interface ResultsRequest {
  readonly ownerId: string;
  readonly executionId: string;
  /** Of the children in their order, each with the number of its message: what people said stands in between. */
  readonly results: readonly { readonly name: string; readonly sequence: number }[];
}
