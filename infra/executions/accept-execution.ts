import type { EntityManager } from '@mikro-orm/postgresql';
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { BudgetLimits, StartExecution } from '../../workflows/contract/executions.schema.ts';
import type { Actor } from '../../workflows/contract/executions.ts';
import { callIn } from '../db/call.ts';
import type { Budget } from '../db/entities/budget.ts';
import type { Execution } from '../db/entities/execution.ts';
import { newId } from '../db/new-id.ts';
import { crashPoint } from '../faults/crash-point.ts';
import type { ResolvedStart } from './resolve-start.ts';
import { preparedOf } from './prepared.ts';
import { startWorkflow } from './start-workflow.ts';
import { writeExecution } from './write-execution.ts';

/** Writes an execution that was resolved, with its seats, budget, history and event. The caller commits, and then starts it. */
export async function acceptExecution(
  em: EntityManager,
  ownerId: string,
  body: StartExecution,
  resolved: ResolvedStart,
  { id = newId(), actor = `user:${ownerId}` }: { id?: string; actor?: Actor } = {},
): Promise<Execution> {
  return writeExecution(
    em,
    {
      id,
      ownerId,
      kind: resolved.kind,
      title: body.title ?? null,
      projectId: resolved.projectId,
      topologyId: resolved.topologyId,
      agentId: resolved.agentId,
      definition: resolved.definition,
      input: body.input,
      correlationId: body.correlationId ?? null,
      metadata: body.metadata,
      priority: body.priority,
      deadlineAt: body.deadline === undefined ? null : new Date(body.deadline),
    },
    ceilingsOf(body.budget),
    actor,
  );
}

/** Ceilings as a budget's row has them. */
const ceilingsOf = (
  limits: BudgetLimits | undefined,
): Required<Pick<Budget, 'limitTokens' | 'limitUsd'>> => ({
  limitTokens: limits?.tokens ?? null,
  limitUsd: limits?.costUsd === undefined ? null : limits.costUsd.toFixed(6),
});

/** Starts an accepted execution's workflow and records its run. What fails here is logged: the row stays queued without a run, and the sweep starts it. */
export async function startAccepted(
  em: EntityManager,
  client: Client,
  execution: Execution,
  log: Logger,
): Promise<void> {
  // Where turns or people have spoken before, the workflow asks what there is.
  const isNew = execution.forkedFromId == null && execution.retryOfRunId == null;
  try {
    const runId = await startWorkflow(client, execution, isNew ? preparedOf(execution) : undefined);
    crashPoint('a2');
    await callIn(em)('record_run', [execution.ownerId, execution.id, runId]);
  } catch (error) {
    log.warn(
      { err: error, executionId: execution.id },
      'the execution is accepted but not started; the sweep will start it',
    );
  }
}
