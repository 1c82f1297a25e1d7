import type {
  ChildOpened,
  ChildRequest,
  ResultsRequest,
} from '../../workflows/contract/children.ts';
import type {
  Closed,
  Ending,
  Placed,
  Placing,
  Prepared,
} from '../../workflows/contract/executions.ts';
import type {
  AgentsQuestion,
  GateOpening,
  GateStanding,
  InteractionKey,
} from '../../workflows/contract/gates.ts';
import type { GroupRequest, ItemRoute, RouteRequest } from '../../workflows/contract/turns.ts';

/** The rows of executions. Each call may be repeated: the second one changes nothing. */
export interface ExecutionStore {
  /** queued → preparing → running, execution and seats. To a run that a retry has set aside it is closed. */
  prepare(execution: { ownerId: string; executionId: string; runId: string }): Promise<Prepared>;
  /**
   * Writes output or error, the end state, its history and its event, for the execution and its seats. Returns how it has
   * ended; null: it is gone, or was opened again by a retry, which has set this run aside.
   */
  close(
    execution: { ownerId: string; executionId: string; runId: string },
    ending: Ending,
  ): Promise<Closed | null>;
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
