import { z } from 'zod';
import { DECISIONS, type Decision } from '../../../workflows/domain/enums.ts';

/** What an answer must say beside its decision. */
const SAYS: Readonly<Record<Decision, 'choice' | 'text' | 'content' | null>> = {
  approve: null,
  reject: null,
  choose: 'choice',
  answer: 'text',
  edit: 'content',
};

/** The body of `POST /interactions/:id/responses`. */
export const NewResponse = z
  .strictObject({
    decision: z.enum(DECISIONS),
    choice: z.string().min(1).max(1_000).optional().meta({ description: 'With choose.' }),
    text: z.string().min(1).max(200_000).optional().meta({ description: 'With answer.' }),
    content: z
      .record(z.string(), z.unknown())
      .optional()
      .meta({ description: 'With edit: what was shown, changed, of the same shape.' }),
    comment: z.string().min(1).max(10_000).optional(),
    contentHash: z
      .string()
      .regex(/^[0-9a-f]{64}$/i, 'give the contentHash of the interaction')
      .meta({ description: 'Of what was shown.' }),
  })
  .superRefine((body, context) => {
    for (const field of ['choice', 'text', 'content'] as const) {
      const isNeeded = SAYS[body.decision] === field;
      if (isNeeded === (body[field] !== undefined)) continue;
      const message = isNeeded
        ? `is needed with ${body.decision}`
        : `does not go with ${body.decision}`;
      context.addIssue({ code: 'custom', path: [field], message });
    }
  })
  .meta({ id: 'NewInteractionResponse' });
export type NewResponse = z.output<typeof NewResponse>;

/** What the decision says, as it is kept. */
export const valueOf = ({ choice, text, content }: NewResponse) =>
  choice ?? (text === undefined ? (content ?? null) : { text });
