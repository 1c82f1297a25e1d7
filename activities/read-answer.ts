import { groupingOf } from '../workflows/domain/grouping.ts';
import { plainAnswer, plainProblem, statementOf } from '../workflows/domain/statement.ts';
import type { TurnRequest } from '../workflows/contract/turns.ts';
import type { AnswerForm } from './answer-forms.ts';
import type { Completion } from './ports/models.ts';
import type { Answer, CallContext } from './ports/turn-ledger.ts';

/** What a completion comes to: an answer in the form that was asked for, or the reason why it is none. */
export type Reading =
  | { readonly valid: true; readonly answer: Answer }
  | { readonly valid: false; readonly reason: string };

const invalid = (reason: string): Reading => ({ valid: false, reason });

/** Checks a completion against what the turn asked for. Votes come from schema fields, never from prose. */
export function readAnswer(
  turn: TurnRequest,
  context: CallContext,
  form: AnswerForm | null,
  completion: Completion,
): Reading {
  if (form === null) return readText(context, completion.text);
  const parsed = form.schema.safeParse(completion.structured);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return invalid(`${issue?.path.join('.') || 'the answer'}: ${issue?.message ?? 'not valid'}`);
  }
  const data: Readonly<Record<string, unknown>> = parsed.data;
  if (turn.ask.kind !== 'group') return { valid: true, answer: statementOf(data) };
  const words = new Map(context.heard.map(({ sequence, position }) => [sequence, position ?? '']));
  const answer = groupingOf(turn.ask, context.seed, data, (sequence) => words.get(sequence) ?? '');
  return answer ? { valid: true, answer } : invalid('each label must be in exactly one group');
}

function readText({ agent }: CallContext, text: string): Reading {
  const problem = plainProblem(text, agent.outputFormat);
  return problem === null ? { valid: true, answer: plainAnswer(text) } : invalid(problem);
}
