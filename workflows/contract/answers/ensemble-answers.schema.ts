import { z } from 'zod';
import type { AggregationMethod } from '../../domain/enums.ts';
import { positionAnswer } from './debate-answers.schema.ts';
import { choiceOf, said, words } from './said.schema.ts';

/** Far below the greatest double, so that squares of it can still be summed. */
const GREATEST = 1e100;
const value = z.number().min(-GREATEST).max(GREATEST).describe('Your answer as one number.');

/** What a member of an ensemble must answer, so that the method can put the answers together. */
export function contributionAnswer(method: AggregationMethod, options: readonly string[]) {
  if (method === 'average') return z.object({ ...said, value });
  const position = positionAnswer(options);
  if (method !== 'weighted' || options.length > 0) return position;
  return position.extend({ value: value.nullable().describe('Your answer, if it is a number.') });
}

/** What a synthesizer must answer: one answer, and the seats whose answers it uses. */
export const synthesisAnswer = (slots: readonly string[], options: readonly string[]) =>
  z.object({
    ...said,
    cites: z
      .array(z.enum(slots as [string, ...string[]]))
      .min(1)
      .describe('The seats whose answers you use.'),
    ...(options.length > 0
      ? { choice: choiceOf(options) }
      : { answer: words.max(100_000).describe('The answer.') }),
  });
