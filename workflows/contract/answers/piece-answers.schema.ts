import { z } from 'zod';
import { choiceOf, said, words } from './said.schema.ts';

const part = {
  title: words.max(200).describe('The part in a few words.'),
  task: words.max(20_000).describe('All that whoever does it needs to know.'),
};
const oneOf = (names: readonly string[]) => z.enum(names as [string, ...string[]]);
const planOf = <Part extends z.ZodObject>(schema: Part, most: number, what: string) => ({
  plan: z.array(schema).max(most).describe(what),
});

/** What a superior must answer that splits its task for the slots of the next level: at most `most` parts. */
export const splitAnswer = (to: readonly string[], most: number) =>
  z.object({
    ...said,
    ...planOf(
      z.object({
        ...part,
        to: oneOf(to).nullable().default(null).describe('Who does it; null: whose turn it is.'),
      }),
      most,
      `At most ${most} parts; none: you do the task yourself.`,
    ),
  });

/** What a coordinator must answer: items, each with what is needed for it, of the capabilities that the specialists have. */
export const assignAnswer = (capabilities: readonly string[], most: number) =>
  z.object({
    ...said,
    ...planOf(
      z.object({
        ...part,
        ...(capabilities.length > 0 && {
          requiredCapabilities: z
            .array(oneOf(capabilities))
            .default([])
            .describe('All that one specialist must be able to do for it.'),
        }),
      }),
      most,
      `At most ${most} items; none: you do the task yourself.`,
    ),
  });

/** What a superior must answer about a report that is not sure enough. */
export const guideAnswer = () =>
  z.object({
    text: words.describe('Your guidance: what to do differently, and what to look at.'),
    reasoning: said.reasoning,
  });

/** What a report must say; where it is the whole answer and there are options, which of them. */
export const reportAnswer = (isWhole: boolean, options: readonly string[]) =>
  z.object({
    ...said,
    text: words.describe('Your report, written for a person.'),
    ...(isWhole && options.length > 0 && { choice: choiceOf(options) }),
  });
