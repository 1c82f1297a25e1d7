import { z } from 'zod';
import { LONGEST_OPTION } from '../../domain/positions.ts';
import { choiceOf, said, words } from './said.schema.ts';

/** What a debater must answer: a choice among the options, or a position in its own words. */
export const positionAnswer = (options: readonly string[]) =>
  z.object({
    ...said,
    abstain: z.boolean().describe('True only if you cannot take a position.'),
    ...(options.length > 0
      ? { choice: choiceOf(options) }
      : {
          position: words.max(LONGEST_OPTION).describe('Your position in one sentence.'),
        }),
  });

/** What a mediator must answer: its decision, or the wish for another round where one is left. */
export const mediationAnswer = (options: readonly string[], mayContinue: boolean) =>
  z.object({
    ...said,
    ...(mayContinue && {
      anotherRound: z.boolean().describe('True to hear another round instead of deciding now.'),
    }),
    ...(options.length > 0
      ? { choice: choiceOf(options) }
      : { answer: words.max(100_000).describe('The decision.') }),
  });

/** What a judge must answer: the labels of the positions, those that mean the same together. */
export const groupingAnswer = (labels: readonly string[]) =>
  z.object({
    groups: z
      .array(z.array(z.enum(labels as [string, ...string[]])).min(1))
      .min(1)
      .describe('Each label in exactly one group; a group holds positions that mean the same.'),
  });
