import type { Decision } from '../enums.ts';

/** What a person answered: the option, `{text}`, or the content as it was edited. */
export interface Answered {
  readonly decision?: Decision | null | undefined;
  readonly decidedValue?: unknown;
}

/** An output after what a person decided before the completion: a choice becomes the answer, an edit replaces it all. */
export function withAnswer(
  output: Record<string, unknown>,
  answered: Answered | undefined,
): Record<string, unknown> {
  const value = answered?.decidedValue;
  if (answered?.decision === 'choose') return { ...output, choice: value, answer: value };
  if (!isBag(value)) return output;
  if (answered?.decision === 'edit') return value;
  return answered?.decision === 'answer' ? { ...output, input: value['text'] } : output;
}

const isBag = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
