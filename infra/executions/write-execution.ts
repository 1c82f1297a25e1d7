import type { EntityManager, RequiredEntityData } from '@mikro-orm/postgresql';
import type { Actor } from '../../workflows/contract/executions.ts';
import { executionWorkflowId } from '../../workflows/contract/names.ts';
import { AgentExecution } from '../db/entities/agent-execution.ts';
import { Budget } from '../db/entities/budget.ts';
import { Execution } from '../db/entities/execution.ts';
import { newId } from '../db/new-id.ts';
import { recordState } from './move-execution.ts';
import { seatRows } from './seat-rows.ts';

/** What is said of an execution when it is accepted; the rest follows from its id. */
export type NewExecution = Omit<
  RequiredEntityData<Execution>,
  'workflowId' | 'workflowType' | 'originId' | 'rootExecutionId'
> &
  Pick<Execution, 'id' | 'ownerId' | 'definition'> & {
    /** The first of a line of forks; without it, itself. */
    readonly originId?: string;
    /** Of an execution that another one contains. */
    readonly rootExecutionId?: string;
  };

/** The ceilings of a new execution; `above`: the budget that holds it, too, where another execution contains it. */
export interface NewBudget extends Pick<Budget, 'limitTokens' | 'limitUsd'> {
  readonly above?: Pick<Budget, 'id' | 'path'>;
}

/** Writes a queued execution, with its seats, its ceilings, its first state and its event. */
export async function writeExecution(
  em: EntityManager,
  fields: NewExecution,
  { above, ...limits }: NewBudget,
  actor: Actor,
): Promise<Execution> {
  const { id, ownerId } = fields;
  const execution = em.create(Execution, {
    ...fields,
    workflowType: fields.definition.workflow,
    rootExecutionId: fields.rootExecutionId ?? id,
    originId: fields.originId ?? id,
    workflowId: executionWorkflowId(id),
  });
  const budgetId = newId();
  em.create(Budget, {
    id: budgetId,
    ownerId,
    scope: 'execution',
    scopeId: id,
    parentId: above?.id ?? null,
    path: [...(above?.path ?? []), budgetId],
    ...limits,
  });
  for (const row of seatRows(execution)) em.create(AgentExecution, row);
  await em.flush();
  await recordState(em, execution, { from: null, to: 'queued', actor, reason: null });
  return execution;
}
