import type { EntityManager } from '@mikro-orm/postgresql';
import { HumanInteraction, HumanResponse } from '../db/entities/human-interaction.ts';

/** The answers to each of the questions. */
export async function responsesTo(
  em: EntityManager,
  interactions: readonly HumanInteraction[],
): Promise<(interactionId: string) => readonly HumanResponse[]> {
  if (interactions.length === 0) return () => [];
  const rows = await em.find(
    HumanResponse,
    { interactionId: { $in: interactions.map(({ id }) => id) } },
    { orderBy: { createdAt: 'asc', id: 'asc' }, refresh: true },
  );
  return (interactionId) => rows.filter((row) => row.interactionId === interactionId);
}

/** The questions that are open in an execution and in all under it, the oldest first. */
export async function openInteractions(
  em: EntityManager,
  executionId: string,
): Promise<HumanInteraction[]> {
  const rows = await em.execute<{ id: string }[]>(
    `with recursive tree (id) as (
       select ?::uuid union select e.id from conclave.execution e join tree t on e.parent_execution_id = t.id
     ) select i.id from conclave.human_interaction i join tree t on i.execution_id = t.id where i.state = 'pending'`,
    [executionId],
  );
  if (rows.length === 0) return [];
  return em.find(
    HumanInteraction,
    { id: { $in: rows.map(({ id }) => id) } },
    { orderBy: { createdAt: 'asc', id: 'asc' } },
  );
}
