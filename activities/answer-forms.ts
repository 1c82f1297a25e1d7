import { toJSONSchema, type ZodObject } from 'zod';
import { answerSchema } from '../workflows/contract/answers.schema.ts';
import type { Ask } from '../workflows/contract/turns.ts';

/** The form that an answer must have: as it is checked, and as the model is told (JSON Schema). */
export interface AnswerForm {
  readonly schema: ZodObject;
  readonly json: Readonly<Record<string, unknown>>;
}

/** Enough for the debates that a process has under way. */
const KEPT = 200;

/**
 * Finds the form of a turn's answer; null where free text is asked for. To make one takes longer than everything else
 * that a turn does before its call, and the turns of a debate share theirs: the last ones are kept.
 */
export function makeAnswerForms(): (
  ask: Ask,
  options: readonly string[],
  capabilities?: readonly string[],
) => AnswerForm | null {
  const kept = new Map<string, AnswerForm | null>();
  return (ask, options, capabilities = []) => {
    const key = JSON.stringify([ask.kind, detailOf(ask), options, capabilities]);
    const known = kept.get(key);
    if (known !== undefined) return known;
    const schema = answerSchema(ask, options, capabilities);
    const form = schema && { schema, json: toJSONSchema(schema) };
    if (kept.size >= KEPT) kept.delete(kept.keys().next().value!);
    kept.set(key, form);
    return form;
  };
}

/** All of the ask that `answerSchema` looks at beside its kind. */
function detailOf(ask: Ask): unknown {
  switch (ask.kind) {
    case 'mediate':
      return ask.mayContinue;
    case 'group':
      return ask.sequences.length;
    case 'split':
      return [ask.to, ask.most];
    case 'assign':
      return ask.most;
    case 'report':
      return ask.piece === null;
    case 'contribute':
      return ask.method;
    case 'synthesize':
      return ask.slots;
    case 'stage':
      return ask.stage === ask.stages;
    case 'answer':
    case 'position':
    case 'guide':
    case 'produce':
    case 'check':
    case 'rule':
      return null;
  }
}
