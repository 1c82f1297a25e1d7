import type { EntityManager, RequiredEntityData } from '@mikro-orm/postgresql';
import type { Actor } from '../../workflows/contract/executions.ts';
import { executionWorkflowId } from '../../workflows/contract/names.ts';
import { callIn } from '../db/call.ts';
import type { Budget } from '../db/entities/budget.ts';
import { Execution } from '../db/entities/execution.ts';
import { newId } from '../db/new-id.ts';
import { seatRows } from './seat-rows.ts';

/** What is said of an execution when it is accepted; the rest follows from its id. */
export type NewExecution = Pick<
  RequiredEntityData<Execution>,
  | 'title'
  | 'projectId'
  | 'topologyId'
  | 'agentId'
  | 'parentExecutionId'
  | 'parentSlot'
  | 'correlationId'
  | 'metadata'
  | 'priority'
  | 'deadlineAt'
  | 'forkedFromId'
  | 'forkedAtSequence'
> &
  Pick<Execution, 'id' | 'ownerId' | 'kind' | 'definition' | 'input'> & {
    readonly depth?: number;
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
  budget: NewBudget,
  actor: Actor,
): Promise<Execution> {
  await callIn(em)('execution_write', [...newRows(fields, budget), actor]);
  return em.findOneOrFail(Execution, { id: fields.id });
}

/** The rows of a new execution, of its ceilings and of its seats, as `execution_write` reads them. */
export function newRows(fields: NewExecution, { above, ...limits }: NewBudget): string[] {
  const { id, ownerId } = fields;
  const execution = {
    depth: 0,
    metadata: {},
    priority: 0,
    ...fields,
    workflowType: fields.definition.workflow,
    rootExecutionId: fields.rootExecutionId ?? id,
    originId: fields.originId ?? id,
    workflowId: executionWorkflowId(id),
  };
  const budgetId = newId();
  const budget = {
    id: budgetId,
    ownerId,
    scopeId: id,
    parentId: above?.id ?? null,
    path: [...(above?.path ?? []), budgetId],
    ...limits,
  };
  const seats = seatRows(fields).map((seat) => ({
    ...seat,
    promptSha256: seat.promptSha256.toString('hex'),
  }));
  return [execution, budget, seats].map((rows) => JSON.stringify(rows));
}
