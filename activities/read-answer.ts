import { labelOf, shuffled } from '../workflows/domain/labels.ts';
import type { Ask, TurnRequest } from '../workflows/contract/turns.ts';
import type { AnswerForm } from './answer-forms.ts';
import type { Answer, CallContext, Completion } from './ports.ts';

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
  return turn.ask.kind === 'group'
    ? readGroups(turn.ask, turn.executionId, context, data)
    : { valid: true, answer: statement(data) };
}

function readText({ agent }: CallContext, text: string): Reading {
  if (text.trim() === '') return invalid('the answer is empty');
  if (agent.outputFormat === 'json' && !isJson(text)) return invalid('the answer is not JSON');
  return {
    valid: true,
    answer: {
      text,
      output: null,
      choice: null,
      confidence: null,
      abstained: false,
      reasoning: null,
      labels: null,
    },
  };
}

/** What a structured answer says; of a position, a verdict or a decision the choice, unless the seat abstains, asks for another round, or was asked for a number. */
function statement(data: Readonly<Record<string, unknown>>): Answer {
  const { text, reasoning, confidence, abstain, verdict, anotherRound } = data;
  const abstained = abstain === true || verdict === 'abstain';
  const choice = data['choice'] ?? data['position'] ?? data['answer'] ?? verdict;
  return {
    text: String(text),
    output: data,
    choice: typeof choice !== 'string' || abstained || anotherRound === true ? null : choice,
    confidence: typeof confidence === 'number' ? confidence : null,
    abstained,
    reasoning: typeof reasoning === 'string' ? reasoning : null,
    labels: null,
  };
}

/** A judge's groups, as a label for each position: the words of the group's first seat. */
function readGroups(
  ask: Extract<Ask, { kind: 'group' }>,
  executionId: string,
  context: CallContext,
  data: Readonly<Record<string, unknown>>,
): Reading {
  const groups = groupNumbers(ask, executionId, data);
  if (groups === null) return invalid('each label must be in exactly one group');
  const words = new Map(context.heard.map(({ sequence, position }) => [sequence, position ?? '']));
  const labels = Object.fromEntries(
    ask.sequences.map((sequence, i) => {
      const first = ask.sequences[groups.indexOf(groups[i]!)]!;
      return [sequence, words.get(first) ?? ''];
    }),
  );
  const count = Math.max(...groups) + 1;
  const text = count === 1 ? 'All positions are the same.' : `${count} different positions.`;
  return {
    valid: true,
    answer: {
      text,
      output: data,
      choice: null,
      confidence: null,
      abstained: false,
      reasoning: null,
      labels,
    },
  };
}

/**
 * The number of each asked sequence's group, from 0 in order of first appearance; null when a label is missing or
 * stands in two groups. Labels follow the order in which the judge was shown the positions.
 */
export function groupNumbers(
  ask: Extract<Ask, { kind: 'group' }>,
  executionId: string,
  output: Readonly<Record<string, unknown>> | null,
): readonly number[] | null {
  const groups = (output?.['groups'] ?? []) as readonly (readonly string[])[];
  const shown = shuffled(ask.sequences, executionId);
  const numbers = new Map<number, number>();
  const taken = groups.flat();
  if (taken.length !== shown.length || new Set(taken).size !== taken.length) return null;
  return ask.sequences.map((sequence) => {
    const label = labelOf(shown.indexOf(sequence));
    const group = groups.findIndex((labels) => labels.includes(label));
    if (!numbers.has(group)) numbers.set(group, numbers.size);
    return numbers.get(group)!;
  });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
