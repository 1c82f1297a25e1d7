import { z } from 'zod';
import type { ReadMessage } from '../../../infra/executions/read-messages.ts';
import { MESSAGE_TYPES } from '../../../workflows/domain/enums.ts';
import { moment } from '../../http/wire.ts';

/** A message, as lists and streams show it. */
export const MessageView = z
  .strictObject({
    id: z.uuid(),
    executionId: z.uuid(),
    sequence: z.int(),
    round: z.int(),
    type: z.enum(MESSAGE_TYPES),
    sender: z.strictObject({
      agentExecutionId: z.uuid().nullable(),
      slot: z.string().nullable(),
      name: z.string().nullable(),
    }),
    recipients: z.array(z.string()).nullable().meta({ description: 'Null: for all.' }),
    content: z.strictObject({ text: z.string(), data: z.unknown() }),
    model: z.string().nullable(),
    rehearsal: z.boolean().meta({ description: 'Rehearsed: no model said it.' }),
    edited: z.boolean().meta({ description: 'In a fork: a person changed what it says.' }),
    omittedRounds: z.int().meta({ description: 'Earlier rounds that did not fit the model.' }),
    failureCode: z.string().nullable().meta({ description: 'Why the seat gave no answer.' }),
    createdAt: moment,
  })
  .meta({ id: 'Message' });

/** A message in the words of the API. */
export const messageView = (message: ReadMessage): z.input<typeof MessageView> => ({
  id: message.id,
  executionId: message.executionId,
  sequence: message.sequence,
  round: message.round,
  type: message.type,
  sender: {
    agentExecutionId: message.agentExecutionId,
    slot: message.slot,
    name: message.name,
  },
  recipients: message.recipients && [...message.recipients],
  content: { text: message.content.text, data: message.content.data ?? null },
  model: message.model,
  rehearsal: message.rehearsal,
  edited: message.edited,
  omittedRounds: message.omittedRounds,
  failureCode: message.failureCode,
  createdAt: message.createdAt,
});
