import type { FailureCode } from '../../contract/errors.ts';

/**
 * What became of a task so far. `open`: to be split, or done at the lowest level; `kept`: to be done by its own seat;
 * `handed`: its parts are with others; `reported`: done, or merged; `guided`: to be done again; `redone`: it had its
 * second chance, or could not be given one; `taken_over`: its superior did it; `failed`: its seat gave no answer.
 */
export type TaskState =
  | 'open'
  | 'kept'
  | 'handed'
  | 'reported'
  | 'guided'
  | 'redone'
  | 'taken_over'
  | 'failed';

/** A task in a chain of command: the whole (the first), or a part that was handed down. Numbers and slots only. */
export interface ChainTask {
  /** Place of the task that it is a part of; null: it is the whole. */
  readonly superior: number | null;
  /** The message with the plan that it is a part of, and its place there. */
  readonly plan: number | null;
  readonly part: number;
  readonly level: number;
  readonly slot: string;
  readonly state: TaskState;
  /** The message that reports on it, and how sure that is. */
  readonly report: number | null;
  readonly confidence: number | null;
  readonly guidance: number | null;
  /** Its own seat's report, where its superior took over. */
  readonly overruled: number | null;
  /** Why its seat gave no answer. */
  readonly failure: FailureCode | null;
}

/** The whole task, in the hands of the top. */
export const wholeTask = (slot: string): ChainTask => newTask(0, slot, null, null, 0);

/** A part of a plan, in the hands of a seat. */
export const newTask = (
  level: number,
  slot: string,
  superior: number | null,
  plan: number | null,
  part: number,
): ChainTask => ({
  superior,
  plan,
  part,
  level,
  slot,
  state: 'open',
  report: null,
  confidence: null,
  guidance: null,
  overruled: null,
  failure: null,
});

/** The parts of a task with their places, in the order of its plan. */
export const partsOf = (
  tasks: readonly ChainTask[],
  superior: number,
): { readonly at: number; readonly task: ChainTask }[] =>
  tasks.flatMap((task, at) => (task.superior === superior ? [{ at, task }] : []));

/** True for a report that is less sure than the threshold asks; exactly at it is enough. */
export const isUnsure = ({ confidence }: ChainTask, threshold: number): boolean =>
  confidence !== null && confidence < threshold;
