import type { EntityManager } from '@mikro-orm/postgresql';
import type { Execution } from '../db/entities/execution.ts';
import type { HumanInteraction } from '../db/entities/human-interaction.ts';
import { recordEvent } from '../db/record-event.ts';

/** Writes the event of a change of a question, in the transaction of the change. */
export function recordInteraction(
  em: EntityManager,
  execution: Pick<Execution, 'id' | 'projectId' | 'correlationId'>,
  interaction: HumanInteraction,
  change: 'opened' | 'escalated' | 'expired' | 'cancelled',
): void {
  const { id, ownerId, executionId, kind, gate, level, deadlineAt } = interaction;
  recordEvent(
    em,
    {
      ownerId,
      eventType: `interaction.${change}`,
      severity: change === 'expired' ? 'warning' : 'info',
      source: 'workflow',
      subjectType: 'interaction',
      subjectId: id,
      payload: {
        interactionId: id,
        executionId,
        kind,
        gate,
        level,
        deadline: deadlineAt?.toISOString() ?? null,
      },
    },
    execution,
  );
}
