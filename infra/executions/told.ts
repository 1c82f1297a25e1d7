import type { ChildResult } from '../../workflows/domain/outputs/compound-output.ts';
import type { Sources } from '../../workflows/domain/outputs/output-of.ts';
import type { Answered } from '../../workflows/domain/outputs/with-answer.ts';
import type { CallFunction } from '../db/call.ts';

/** Whose execution; an owner is acted for, null: the session's is. */
export interface Whose {
  readonly ownerId: string | null;
  readonly executionId: string;
}

/** What `execution_told` finds. */
export interface Told extends Omit<Sources, 'children'> {
  /** In any order. */
  readonly children: readonly ChildResult[];
  /** What people chose last on the way; null: nothing. */
  readonly chosen: unknown;
  readonly decided: readonly Answered[];
}

/** Reads what an output is made from: what was said at these places, and these decisions. Null: the execution is not there. */
export const readTold = (
  call: CallFunction,
  { ownerId, executionId }: Whose,
  sequences: readonly number[],
  decided: readonly string[] = [],
): Promise<Told | null> =>
  call('execution_told', [
    ownerId,
    executionId,
    `{${sequences.join(',')}}`,
    `{${decided.join(',')}}`,
  ]);
