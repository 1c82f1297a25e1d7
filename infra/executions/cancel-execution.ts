import type { EntityManager } from '@mikro-orm/postgresql';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { EngineError, NotFound, StateConflict } from '../../workflows/contract/errors.ts';
import { isClosed } from '../../workflows/domain/transitions.ts';
import type { Execution } from '../db/entities/execution.ts';
import { closeLocked } from './close-execution.ts';
import { lockExecution } from './lock-execution.ts';

/** How long Temporal may take to accept a cancellation. */
const CANCEL_LIMIT_MS = 5_000;

/**
 * Cancels an execution, within the caller's transaction. One that Temporal has not started ends at once, and a start
 * that is on its way finds it closed; any other is told to end, and does so when its workflow has cleaned up.
 */
export async function cancelExecution(
  em: EntityManager,
  client: Client,
  { id, userId }: { readonly id: string; readonly userId: string },
): Promise<Execution> {
  const execution = await lockExecution(em, id);
  if (!execution) throw new NotFound('execution');
  if (isClosed(execution.state))
    throw new StateConflict(
      `The execution is ${execution.state} already; nothing is left to cancel.`,
    );
  if (execution.state === 'queued' && execution.runId == null) {
    await closeLocked(em, execution, { state: 'cancelled' }, `user:${userId}`);
    await em.refresh(execution);
  } else await tellWorkflow(client, execution.workflowId);
  return execution;
}

async function tellWorkflow(client: Client, workflowId: string): Promise<void> {
  try {
    await client.withDeadline(Date.now() + CANCEL_LIMIT_MS, () =>
      client.workflow.getHandle(workflowId).cancel(),
    );
  } catch (error) {
    if (error instanceof WorkflowNotFoundError)
      throw new StateConflict('Its workflow has ended; the execution is about to be closed.');
    throw new EngineError(
      'temporal_unavailable',
      'Temporal does not answer, so nothing was cancelled; try again.',
      { cause: error },
    );
  }
}
