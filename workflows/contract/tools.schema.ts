import { z } from 'zod';
import { LONGEST_OPTION } from '../domain/positions.ts';

/** The tool with which an agent asks a person instead of answering. */
export const ASK_PERSON = 'ask_person';

const MAX_DEADLINE_SECONDS = 31_536_000;

/** A tool that an agent may call. */
const ToolRef = z.strictObject({
  name: z.literal(ASK_PERSON, {
    error: `this is no tool yet: use "${ASK_PERSON}"; others come with tools`,
  }),
  policy: z
    .literal('allow', { error: 'to ask a person needs nobody’s leave: use "allow"' })
    .default('allow'),
  /** Seconds from the question on; then the agent goes on without an answer. Absent: it waits. */
  deadlineSeconds: z.int().min(1).max(MAX_DEADLINE_SECONDS).optional(),
});

/** The tools of one agent, each once. */
export const ToolRefs = z.array(ToolRef).max(1, { error: 'name each tool once' });

/** What an agent asks a person: the arguments of `ask_person`. */
export const PersonQuestion = z.strictObject({
  question: z
    .string()
    .trim()
    .min(1)
    .max(20_000)
    .meta({ description: 'What you need to know. The person sees the task, and nothing else.' }),
  options: z
    .array(z.string().trim().min(1).max(LONGEST_OPTION))
    .min(2)
    .max(20)
    .refine((options) => new Set(options).size === options.length, 'name each option once')
    .optional()
    .meta({ description: 'The answers to choose from; leave it out for an answer in free text.' }),
});
export type PersonQuestion = z.infer<typeof PersonQuestion>;
