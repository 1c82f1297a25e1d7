import { toJSONSchema } from 'zod';
import { ASK_PERSON, PersonQuestion } from '../workflows/contract/tools.schema.ts';
import type { ResolvedAgent } from '../workflows/contract/definition.ts';
import type { Completion, ToolSpec } from './ports/models.ts';

const ASK_PERSON_SPEC: ToolSpec = {
  name: ASK_PERSON,
  description:
    'Asks a person one question instead of answering now. You are asked again, with what the person said. Ask only what you cannot answer without.',
  parameters: toJSONSchema(PersonQuestion),
};

/** The tools that a model is told of; none where its agent has none, or may call none. */
export const toolsOf = ({ tools = [], maxToolCalls }: ResolvedAgent): readonly ToolSpec[] =>
  tools.length > 0 && maxToolCalls > 0 ? [ASK_PERSON_SPEC] : [];

type Reading =
  | { readonly valid: true; readonly question: PersonQuestion }
  | { readonly valid: false; readonly reason: string; readonly text: string };

/** What a completion that calls tools asks a person. Of several questions the first: the others can follow. */
export function readQuestion({ toolCalls }: Completion): Reading {
  const call = toolCalls[0]!;
  const text = JSON.stringify({ tool: call.name, arguments: call.arguments });
  if (call.name !== ASK_PERSON) return { valid: false, reason: 'there is no such tool', text };
  const { data, error } = PersonQuestion.safeParse(call.arguments);
  if (data) return { valid: true, question: data };
  const [issue] = error.issues;
  const where = issue?.path.join('.') || ASK_PERSON;
  return { valid: false, reason: `${where}: ${issue?.message ?? 'not valid'}`, text };
}
