import type { Outcome } from '../../workflows/contract/outcomes.ts';
import type { ChildResult } from '../../workflows/domain/outputs/compound-output.ts';
import { outputOf, type Sources, sequencesOf } from '../../workflows/domain/outputs/output-of.ts';
import { type Answered, withAnswer } from '../../workflows/domain/outputs/with-answer.ts';
import type { CallFunction } from '../db/call.ts';

/** What `execution_told` finds. */
interface Told extends Omit<Sources, 'children'> {
  /** In any order. */
  readonly children: readonly ChildResult[];
  /** What people chose last on the way; null: nothing. */
  readonly chosen: unknown;
  readonly decided: readonly Answered[];
}

/**
 * The output of an execution that came to this outcome, in words. What people chose on the way stands in it, and what
 * they `decided` before the completion is carried out on it, in that order. Null: the execution is not there.
 */
export async function writtenOutput(
  call: CallFunction,
  { ownerId, executionId }: { readonly ownerId: string | null; readonly executionId: string },
  outcome: Outcome,
  decided: readonly string[] = [],
): Promise<Record<string, unknown> | null> {
  const told = await call<Told | null>('execution_told', [
    ownerId,
    executionId,
    `{${sequencesOf(outcome).join(',')}}`,
    `{${decided.join(',')}}`,
  ]);
  if (!told) return null;
  const { definition, chosen } = told;
  const parts = definition.workflow === 'compound' ? definition.parts : [];
  const children = told.children.toSorted((a, b) => parts.indexOf(a.name) - parts.indexOf(b.name));
  const output = outputOf(outcome, { ...told, children });
  if (!definition.gates?.length) return output;
  return told.decided.reduce(withAnswer, chosen === null ? output : { ...output, choice: chosen });
}
