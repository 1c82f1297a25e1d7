import { z } from 'zod';

/** Words that are the answer itself: white space alone is none. */
export const words = z
  .string()
  .min(1)
  .refine((text) => text.trim() !== '', { error: 'says nothing; write the answer out' });

/** What every structured answer says beside its own fields. */
export const said = {
  text: z.string().describe('What you say, written for a person.'),
  reasoning: z.string().describe('Why, in two or three sentences.'),
  confidence: z.number().min(0).max(1).describe('How sure you are, from 0 to 1.'),
};

/** A choice among the input's options. */
export const choiceOf = (options: readonly string[]) =>
  z
    .enum(options as [string, ...string[]], {
      error: 'is none of the options of the input; write one word for word',
    })
    .describe('One of the options, word for word.');
