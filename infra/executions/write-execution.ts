import type { EntityManager, RequiredEntityData } from '@mikro-orm/postgresql';
import type { Actor } from '../../workflows/contract/executions.ts';
import { executionWorkflowId } from '../../workflows/contract/names.ts';
import { Budget } from '../db/entities/budget.ts';
import { Execution } from '../db/entities/execution.ts';
import { newId } from '../db/new-id.ts';
import { recordState } from './move-execution.ts';

/** What is said of an execution when it is accepted; the rest follows from its id. */
export type NewExecution = Omit<
  RequiredEntityData<Execution>,
  'rootExecutionId' | 'workflowId' | 'workflowType' | 'originId'
> &
  Pick<Execution, 'id' | 'ownerId' | 'definition'> & {
    /** The first of a line of forks; without it, itself. */
    readonly originId?: string;
  };

/** Writes a queued execution that no other one contains, with its ceilings, its first state and its event. */
export async function writeExecution(
  em: EntityManager,
  fields: NewExecution,
  limits: Pick<Budget, 'limitTokens' | 'limitUsd'>,
  actor: Actor,
): Promise<Execution> {
  const { id, ownerId } = fields;
  const execution = em.create(Execution, {
    ...fields,
    workflowType: fields.definition.workflow,
    rootExecutionId: id,
    originId: fields.originId ?? id,
    workflowId: executionWorkflowId(id),
  });
  const budgetId = newId();
  em.create(Budget, {
    id: budgetId,
    ownerId,
    scope: 'execution',
    scopeId: id,
    path: [budgetId],
    ...limits,
  });
  // The execution's row first: what follows refers to it by keys that the unit of work does not know of.
  await em.flush();
  recordState(em, execution, { from: null, to: 'queued', actor, reason: null, ordinal: 0 });
  await em.flush();
  return execution;
}
