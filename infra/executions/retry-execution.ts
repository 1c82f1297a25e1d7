import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Actor } from '../../workflows/contract/executions.ts';
import { NotFound, StateConflict } from '../../workflows/contract/errors.ts';
import { AgentExecution } from '../db/entities/agent-execution.ts';
import { Budget } from '../db/entities/budget.ts';
import { Execution } from '../db/entities/execution.ts';
import { moveExecution } from './move-execution.ts';
import { supersede } from './supersede.ts';

/**
 * Opens a failed execution again, within the caller's transaction; the caller then starts its workflow, or the sweep
 * does. Turns keep their places and keys, so the good ones are found in the ledger and nobody is asked twice; what
 * is to be tried anew is superseded.
 */
export async function retryExecution(
  em: EntityManager,
  { id, userId }: { readonly id: string; readonly userId: string },
): Promise<Execution> {
  const execution = await em.findOne(Execution, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (!execution) throw new NotFound('execution');
  if (execution.parentExecutionId != null)
    throw new StateConflict(
      `The execution is part of ${execution.rootExecutionId}; try that one again, and this one goes on with it.`,
    );
  if (execution.state !== 'failed')
    throw new StateConflict(
      `The execution is ${execution.state}; only one that failed can be tried again.`,
    );
  await reopen(em, execution, `user:${userId}`);
  return execution;
}

/** Opens a failed execution again, and whatever failed below it; what completed there is found by its parent. */
async function reopen(em: EntityManager, execution: Execution, actor: Actor): Promise<void> {
  const { id } = execution;
  // In what never began nothing has failed: what a fork keeps there stays.
  if (execution.startedAt != null) await supersede(em, execution);
  await em.nativeUpdate(
    AgentExecution,
    { executionId: id },
    { state: 'queued', completedAt: null },
  );
  await em.nativeUpdate(Budget, { scope: 'execution', scopeId: id }, { isClosed: false });

  // A run that is recorded keeps the sweep from starting another; its successor gets its place.
  execution.retryOfRunId = execution.runId ?? execution.retryOfRunId ?? null;
  execution.runId = null;
  execution.completedAt = null;
  execution.error = null;
  execution.errorDetails = null;
  await moveExecution(em, execution, { to: 'queued', actor, reason: 'retry' });
  const failed = { parentExecutionId: id, state: 'failed' as const };
  const lockMode = LockMode.PESSIMISTIC_WRITE;
  for (const child of await em.find(Execution, failed, { lockMode }))
    await reopen(em, child, actor);
}
