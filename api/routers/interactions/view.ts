import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import type {
  HumanInteraction,
  HumanResponse,
} from '../../../infra/db/entities/human-interaction.ts';
import { responsesTo } from '../../../infra/interactions/read-interactions.ts';
import {
  DECISIONS,
  INTERACTION_KINDS,
  INTERACTION_STATES,
  TIMEOUT_ACTIONS,
} from '../../../workflows/domain/enums.ts';
import { DECISIONS_OF } from '../../../workflows/domain/interactions.ts';
import { moment } from '../../http/wire.ts';

const free = z.record(z.string(), z.unknown());
const value = z.union([z.string(), free]).nullable();

const ResponseView = z
  .strictObject({
    id: z.uuid(),
    by: z.strictObject({ id: z.uuid(), username: z.string() }),
    level: z.int().meta({ description: 'How often the question had been escalated.' }),
    decision: z.enum(DECISIONS),
    value: value.meta({ description: 'The option, `{text}`, or the content as it was edited.' }),
    comment: z.string().nullable(),
    createdAt: moment,
  })
  .meta({ id: 'InteractionResponse' });

/** A question to people, as it is answered. */
export const InteractionView = z
  .strictObject({
    id: z.uuid(),
    executionId: z.uuid().nullable(),
    gate: z.string().meta({ description: 'Where the work stands still: start, round:2, …' }),
    kind: z.enum(INTERACTION_KINDS),
    title: z.string(),
    prompt: z.string(),
    content: free.meta({ description: 'All that one needs to decide.' }),
    contentHash: z
      .string()
      .meta({ description: 'Name it in the answer, which counts for it alone.' }),
    decisions: z.array(z.enum(DECISIONS)).meta({ description: 'What may be answered.' }),
    options: z.array(z.string()).nullable(),
    state: z.enum(INTERACTION_STATES),
    level: z.int().meta({ description: 'How often it was escalated.' }),
    approvers: z.array(z.string()).meta({ description: '`user:<id>` or `role:<role>`.' }),
    quorum: z.int(),
    deadline: moment.nullable(),
    onTimeout: z.enum(TIMEOUT_ACTIONS),
    decision: z.enum(DECISIONS).nullable(),
    decidedAt: moment.nullable(),
    responses: z.array(ResponseView),
    createdAt: moment,
  })
  .meta({ id: 'Interaction' });

/** Questions with their answers, in the same order. */
export async function viewInteractions(
  em: EntityManager,
  interactions: readonly HumanInteraction[],
): Promise<z.input<typeof InteractionView>[]> {
  const responsesOf = await responsesTo(em, interactions);
  return interactions.map((interaction) => view(interaction, responsesOf(interaction.id)));
}

const view = (
  row: HumanInteraction,
  responses: readonly HumanResponse[],
): z.input<typeof InteractionView> => ({
  id: row.id,
  executionId: row.executionId ?? null,
  gate: row.gate,
  kind: row.kind,
  title: row.title,
  prompt: row.prompt,
  content: row.content,
  contentHash: Buffer.from(row.contentHash).toString('hex'),
  decisions: [...DECISIONS_OF[row.kind]],
  options: row.options ? [...row.options] : null,
  state: row.state,
  level: row.level,
  approvers: [...row.assignees],
  quorum: row.quorum,
  deadline: row.deadlineAt?.toISOString() ?? null,
  onTimeout: row.onTimeout,
  decision: row.decision ?? null,
  decidedAt: row.decidedAt?.toISOString() ?? null,
  responses: responses.map((response) => ({
    id: response.id,
    by: { id: response.responderId, username: response.responderName },
    level: response.level,
    decision: response.decision,
    value:
      response.value == null || typeof response.value === 'string'
        ? (response.value ?? null)
        : { ...response.value },
    comment: response.comment ?? null,
    createdAt: response.createdAt.toISOString(),
  })),
  createdAt: row.createdAt.toISOString(),
});
