import type { EntityManager } from '@mikro-orm/postgresql';
import { type HumanInteraction, HumanResponse } from '../db/entities/human-interaction.ts';

/** True where everybody who will ever be asked has answered, and too few agree: nobody is left who could decide. */
export async function isSplit(
  em: EntityManager,
  { id, state, quorum, level, escalation, assignees }: HumanInteraction,
): Promise<boolean> {
  if (state !== 'pending' || quorum === 1 || level < escalation.length) return false;
  // Who has a role changes from day to day.
  if (!assignees.every((each) => each.startsWith('user:'))) return false;
  return (await em.count(HumanResponse, { interactionId: id })) >= assignees.length;
}
