import { z } from 'zod';
import { ExecutionInput } from './executions.schema.ts';

/** What a message of a fork says instead; of a structured answer only the fields that are named change. */
const EditedContent = z.strictObject({
  text: z.string().min(1).max(200_000),
  data: z
    .record(z.string().max(128), z.unknown())
    .optional()
    .meta({ description: 'Fields of a structured answer, such as choice; the others stay.' }),
});
export type EditedContent = z.infer<typeof EditedContent>;

/** The body of `POST /executions/:id/fork`. */
export const ForkExecution = z
  .strictObject({
    fromMessage: z
      .int()
      .min(1)
      .max(2_147_483_647)
      .meta({ description: 'The sequence of the last message that is kept.' }),
    edit: z.strictObject({ content: EditedContent }).optional().meta({
      description: 'What that message says in the fork.',
    }),
    config: z.record(z.string().max(128), z.unknown()).optional().meta({
      description: "Fields of the topology's configuration that change.",
    }),
    input: z.strictObject(ExecutionInput.shape).partial().optional().meta({
      description: 'Parts of the input that change; a new question takes the place of a task.',
    }),
    whole: z.boolean().default(false).meta({
      description:
        'Of an execution inside another one: fork the outermost one that holds it, with all in it as it was when this message was said. Without it, the fork of a child is an execution of its own.',
    }),
  })
  .meta({ id: 'ForkExecution' });
export type ForkExecution = z.infer<typeof ForkExecution>;

/** The body of `POST /executions/:id/interject`. */
export const Interject = z
  .strictObject({
    text: z.string().min(1).max(50_000),
    to: z
      .array(z.string().min(1).max(64))
      .min(1)
      .max(250)
      .refine((slots) => new Set(slots).size === slots.length, 'name each slot once')
      .optional()
      .meta({ description: 'Slots that hear it; without it all do.' }),
  })
  .meta({ id: 'Interject' });
export type Interject = z.infer<typeof Interject>;
