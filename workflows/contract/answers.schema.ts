import { z } from 'zod';
import { labelOf } from '../domain/labels.ts';
import type { Ask } from './turns.ts';

const said = {
  text: z.string().describe('What you say, written for a person.'),
  reasoning: z.string().describe('Why, in two or three sentences.'),
  confidence: z.number().min(0).max(1).describe('How sure you are, from 0 to 1.'),
};

const choiceOf = (options: readonly string[]) =>
  z.enum(options as [string, ...string[]]).describe('One of the options, word for word.');

/** What a debater must answer: a choice among the options, or a position in its own words. */
const positionAnswer = (options: readonly string[]) =>
  z.object({
    ...said,
    abstain: z.boolean().describe('True only if you cannot take a position.'),
    ...(options.length > 0
      ? { choice: choiceOf(options) }
      : { position: z.string().min(1).max(1_000).describe('Your position in one sentence.') }),
  });

/** What a mediator must answer: its decision, or the wish for another round where one is left. */
const mediationAnswer = (options: readonly string[], mayContinue: boolean) =>
  z.object({
    ...said,
    ...(mayContinue && {
      anotherRound: z.boolean().describe('True to hear another round instead of deciding now.'),
    }),
    ...(options.length > 0
      ? { choice: choiceOf(options) }
      : { answer: z.string().min(1).max(100_000).describe('The decision.') }),
  });

/** What a judge must answer: the labels of the positions, those that mean the same together. */
const groupingAnswer = (labels: readonly string[]) =>
  z.object({
    groups: z
      .array(z.array(z.enum(labels as [string, ...string[]])).min(1))
      .min(1)
      .describe('Each label in exactly one group; a group holds positions that mean the same.'),
  });

/** The schema of a turn's structured answer; null where free text is asked for. */
export function answerSchema(ask: Ask, options: readonly string[]): z.ZodObject | null {
  switch (ask.kind) {
    case 'answer':
      return options.length > 0 ? positionAnswer(options) : null;
    case 'position':
      return positionAnswer(options);
    case 'mediate':
      return mediationAnswer(options, ask.mayContinue);
    case 'group':
      return groupingAnswer(ask.sequences.map((_, i) => labelOf(i)));
  }
}
