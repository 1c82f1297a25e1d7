import type { Outcome } from '../../workflows/contract/outcomes.ts';
import { outputOf, sequencesOf } from '../../workflows/domain/outputs/output-of.ts';
import { withAnswer } from '../../workflows/domain/outputs/with-answer.ts';
import type { CallFunction } from '../db/call.ts';
import { readTold, type Whose } from './told.ts';

/**
 * The output of an execution that came to this outcome, in words. What people chose on the way stands in it, and what
 * they `decided` before the completion is carried out on it, in that order. Null: the execution is not there.
 */
export async function writtenOutput(
  call: CallFunction,
  whose: Whose,
  outcome: Outcome,
  decided: readonly string[] = [],
): Promise<Record<string, unknown> | null> {
  const told = await readTold(call, whose, [...sequencesOf(outcome)], decided);
  if (!told) return null;
  const { definition, chosen } = told;
  const parts = definition.workflow === 'compound' ? definition.parts : [];
  const children = told.children.toSorted((a, b) => parts.indexOf(a.name) - parts.indexOf(b.name));
  const output = outputOf(outcome, { ...told, children });
  if (!definition.gates?.length) return output;
  return told.decided.reduce(withAnswer, chosen === null ? output : { ...output, choice: chosen });
}
