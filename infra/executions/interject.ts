import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Interject } from '../../workflows/contract/control.schema.ts';
import { InvalidRequest, NotFound, StateConflict } from '../../workflows/contract/errors.ts';
import { messageTokens } from '../../workflows/domain/tokens.ts';
import { isClosed } from '../../workflows/domain/transitions.ts';
import { AgentExecution } from '../db/entities/agent-execution.ts';
import { Execution } from '../db/entities/execution.ts';
import { Message, MessageRecipient } from '../db/entities/message.ts';
import { recordMessage } from '../db/interjections.ts';
import { newId } from '../db/new-id.ts';

/**
 * Writes what a person says to an execution, within the caller's transaction. It waits for its place: the workflow gives
 * it one when it plans its next turns, which it does once it is told (`tellOfInterjection`).
 */
export async function interject(
  em: EntityManager,
  { id, userId }: { readonly id: string; readonly userId: string },
  { text, to }: Interject,
): Promise<{ readonly execution: Execution; readonly message: Message }> {
  const execution = await em.findOne(Execution, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (!execution) throw new NotFound('execution');
  if (isClosed(execution.state))
    throw new StateConflict(
      `The execution is ${execution.state}; nobody would hear it. Fork it to go on with other words.`,
    );
  const { seats } = execution.definition;
  if (seats.length === 0)
    throw new StateConflict('Nobody speaks here; interject in one of its child executions.');
  const problems = (to ?? []).flatMap((slot, i) =>
    seats.some((seat) => seat.slot === slot)
      ? []
      : [
          {
            path: `to.${i}`,
            message: `There is no seat "${slot}"; there are ${seats.map((seat) => seat.slot).join(', ')}.`,
          },
        ],
  );
  if (problems.length > 0) throw new InvalidRequest(problems);

  const message = em.create(Message, {
    id: newId(),
    ownerId: execution.ownerId,
    executionId: id,
    senderKind: 'user',
    senderUserId: userId,
    messageType: 'interjection',
    content: { text },
    tokenEstimate: messageTokens(text),
    deliveryStatus: 'pending',
  });
  if (to) await addRecipients(em, execution, message, to);
  recordMessage(em, execution, message, 'message.sent');
  await em.flush();
  return { execution, message };
}

async function addRecipients(
  em: EntityManager,
  execution: Execution,
  { id: messageId, ownerId }: Message,
  to: readonly string[],
): Promise<void> {
  const seats = await em.find(AgentExecution, {
    executionId: execution.id,
    slotName: { $in: [...to] },
  });
  for (const { id: agentExecutionId } of seats)
    em.create(MessageRecipient, { ownerId, messageId, agentExecutionId });
}
