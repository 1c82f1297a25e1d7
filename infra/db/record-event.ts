import type { EntityManager } from '@mikro-orm/postgresql';
import { Event } from './entities/event.ts';
import type { Execution } from './entities/execution.ts';
import { newId } from './new-id.ts';

/** What happened, to what, and which component says so. */
type Happening = Pick<
  Event,
  'ownerId' | 'eventType' | 'source' | 'subjectType' | 'subjectId' | 'payload'
> &
  Partial<Pick<Event, 'severity' | 'occurredAt' | 'sourceAgentId' | 'actor' | 'projectId'>>;

/** Writes an event in the transaction of its cause; what happened in an execution, into the stream of that. */
export function recordEvent(
  em: EntityManager,
  happening: Happening,
  execution?: Pick<Execution, 'id' | 'projectId' | 'correlationId'>,
): void {
  em.create(Event, {
    id: newId(),
    occurredAt: new Date(),
    ...(execution && {
      executionId: execution.id,
      projectId: execution.projectId ?? null,
      correlationId: execution.correlationId ?? null,
    }),
    ...happening,
  });
}
