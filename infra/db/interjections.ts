import type { EntityManager } from '@mikro-orm/postgresql';
import type { Placed } from '../../workflows/contract/executions.ts';
import type { Execution } from './entities/execution.ts';
import { Message } from './entities/message.ts';
import { recordEvent } from './record-event.ts';

const waitingIn = (executionId: string) =>
  ({
    executionId,
    messageType: 'interjection',
    supersededAt: null,
    sequence: null,
    deliveryStatus: 'pending',
  }) as const;

/** What is true of something said that has no place, and is to get one. */
export const WAITING = {
  sequence: null,
  round: 0,
  deliveryStatus: 'pending',
  deliveredAt: null,
} as const;

/** Gives what waits the free sequences from `from` on, and writes events. The execution's row is locked. */
export async function placeWaiting(
  em: EntityManager,
  execution: Execution,
  { from, round }: { readonly from: number; readonly round: number },
): Promise<Placed> {
  const waiting = await em.find(Message, waitingIn(execution.id), {
    orderBy: { createdAt: 'asc', id: 'asc' },
  });
  const later = await em.find(
    Message,
    { executionId: execution.id, supersededAt: null, sequence: { $gte: from } },
    { fields: ['messageType', 'sequence'] },
  );
  if (later.some(({ messageType }) => messageType !== 'interjection'))
    return { count: 0, waiting: waiting.length > 0 };
  const taken = new Set(later.map(({ sequence }) => sequence));
  let next = from;
  const skipTaken = (): void => {
    while (taken.has(next)) next += 1;
  };
  // What stands here already was placed by an attempt whose answer was lost.
  skipTaken();
  for (const message of waiting) {
    em.assign(message, {
      sequence: next++,
      round,
      deliveryStatus: 'delivered',
      deliveredAt: message.deliveredAt ?? new Date(),
    });
    recordMessage(em, execution, message, 'message.delivered');
    skipTaken();
  }
  await em.flush();
  return { count: next - from, waiting: false };
}

/** The event of something that a person said: never the text. */
export function recordMessage(
  em: EntityManager,
  execution: Execution,
  message: Pick<Message, 'id' | 'ownerId' | 'senderUserId' | 'sequence'>,
  eventType: 'message.sent' | 'message.delivered',
): void {
  const { id, ownerId, senderUserId, sequence = null } = message;
  recordEvent(
    em,
    {
      ownerId,
      eventType,
      source: eventType === 'message.sent' ? 'api' : 'workflow',
      actor: senderUserId == null ? null : `user:${senderUserId}`,
      subjectType: 'message',
      subjectId: id,
      payload: { messageId: id, executionId: execution.id, sequence },
    },
    execution,
  );
}
