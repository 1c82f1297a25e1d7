import type { EntityManager } from '@mikro-orm/postgresql';
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { BudgetLimits, StartExecution } from '../../workflows/contract/executions.schema.ts';
import { executionWorkflowId } from '../../workflows/contract/names.ts';
import { AgentExecution } from '../db/entities/agent-execution.ts';
import { Budget } from '../db/entities/budget.ts';
import { Execution } from '../db/entities/execution.ts';
import { newId } from '../db/new-id.ts';
import { crashPoint } from '../faults/crash-point.ts';
import { recordState } from './move-execution.ts';
import type { ResolvedStart } from './resolve-start.ts';
import { preparedOf } from './prepared.ts';
import { seatRows } from './seat-rows.ts';
import { startWorkflow } from './start-workflow.ts';

/** Writes an execution that was resolved, with its seats, budget, history and event. The caller commits, and then starts it. */
export async function acceptExecution(
  em: EntityManager,
  ownerId: string,
  body: StartExecution,
  resolved: ResolvedStart,
): Promise<Execution> {
  const id = newId();
  const execution = em.create(Execution, {
    id,
    ownerId,
    kind: resolved.kind,
    workflowType: resolved.definition.workflow,
    title: body.title ?? null,
    projectId: resolved.projectId,
    topologyId: resolved.topologyId,
    agentId: resolved.agentId,
    definition: resolved.definition,
    rootExecutionId: id,
    originId: id,
    input: body.input,
    correlationId: body.correlationId ?? null,
    metadata: body.metadata,
    workflowId: executionWorkflowId(id),
    priority: body.priority,
    deadlineAt: body.deadline === undefined ? null : new Date(body.deadline),
  });
  em.create(Budget, budgetOf(execution, body.budget));
  for (const row of seatRows(execution)) em.create(AgentExecution, row);
  await em.flush();
  const actor = `user:${ownerId}` as const;
  await recordState(em, execution, { from: null, to: 'queued', actor, reason: null });
  return execution;
}

function budgetOf(
  { id: scopeId, ownerId }: Execution,
  limits: BudgetLimits | undefined,
): { id: string } & Pick<
  Budget,
  'ownerId' | 'scope' | 'scopeId' | 'path' | 'limitTokens' | 'limitUsd'
> {
  const id = newId();
  return {
    id,
    ownerId,
    scope: 'execution',
    scopeId,
    path: [id],
    limitTokens: limits?.tokens ?? null,
    limitUsd: limits?.costUsd === undefined ? null : limits.costUsd.toFixed(6),
  };
}

/** Starts an accepted execution's workflow and records its run. What fails here is logged: the row stays queued without a run, and the sweep starts it. */
export async function startAccepted(
  em: EntityManager,
  client: Client,
  execution: Execution,
  log: Logger,
): Promise<void> {
  try {
    const runId = await startWorkflow(client, execution, preparedOf(execution));
    crashPoint('a2');
    await em.execute('select conclave.record_run(?, ?, ?)', [
      execution.ownerId,
      execution.id,
      runId,
    ]);
  } catch (error) {
    log.warn(
      { err: error, executionId: execution.id },
      'the execution is accepted but not started; the sweep will start it',
    );
  }
}
