import type { EntityManager } from '@mikro-orm/postgresql';
import type { Execution } from '../db/entities/execution.ts';
import { Event } from '../db/entities/event.ts';
import type { HumanInteraction } from '../db/entities/human-interaction.ts';
import { newId } from '../db/new-id.ts';

/** Writes the event of a change of a question, in the transaction of the change. */
export function recordInteraction(
  em: EntityManager,
  { projectId, correlationId }: Pick<Execution, 'projectId' | 'correlationId'>,
  interaction: HumanInteraction,
  change: 'opened' | 'escalated' | 'expired' | 'cancelled',
): void {
  const { id, ownerId, executionId, kind, gate, level, deadlineAt } = interaction;
  em.create(Event, {
    id: newId(),
    ownerId,
    eventType: `interaction.${change}`,
    severity: change === 'expired' ? 'warning' : 'info',
    occurredAt: new Date(),
    source: 'workflow',
    projectId: projectId ?? null,
    executionId: executionId ?? null,
    subjectType: 'interaction',
    subjectId: id,
    correlationId: correlationId ?? null,
    payload: {
      interactionId: id,
      executionId,
      kind,
      gate,
      level,
      deadline: deadlineAt?.toISOString() ?? null,
    },
  });
}
