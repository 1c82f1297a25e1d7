import type { EntityManager } from '@mikro-orm/postgresql';
import type { Execution } from '../db/entities/execution.ts';
import { LlmCall } from '../db/entities/llm-call.ts';
import { Message } from '../db/entities/message.ts';

/** Sets aside what a retry is to try anew: what failed, and in a pipeline whatever came after the place where it starts. */
export async function supersede(em: EntityManager, execution: Execution): Promise<void> {
  const current = { executionId: execution.id, supersededAt: null };
  const supersededAt = new Date();
  if (execution.workflowType === 'pipeline') {
    const sequence = { $gt: await restartAfter(em, execution.id) };
    await em.nativeUpdate(Message, { ...current, senderKind: 'agent', sequence }, { supersededAt });
    await em.nativeUpdate(LlmCall, { ...current, sequence }, { supersededAt });
    return;
  }
  await em.nativeUpdate(Message, { ...current, failureCode: { $ne: null } }, { supersededAt });
  await em.nativeUpdate(LlmCall, { ...current, errorCode: { $ne: null } }, { supersededAt });
}

/**
 * The last checkpoint of a pipeline, else its last good stage; 0 where there is neither. A failed attempt before it stays
 * as it is: its stage was done by a later one.
 */
async function restartAfter(em: EntityManager, executionId: string): Promise<number> {
  const [row] = await em.execute<[{ after: number }]>(
    `select coalesce(max(sequence) filter (where is_checkpoint),
       max(sequence) filter (where failure_code is null), 0) as after
     from conclave.message where execution_id = ? and superseded_at is null and sender_kind = 'agent'`,
    [executionId],
  );
  return row.after;
}
