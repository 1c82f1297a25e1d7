import type { EntityManager } from '@mikro-orm/postgresql';
import type { Known } from '../../../workflows/domain/compound/paths.ts';
import type { ChildResult } from '../../../workflows/domain/outputs/compound-output.ts';
import { Execution } from '../../db/entities/execution.ts';

/** The children of an execution, in the order in which they were made. */
export const childrenOfExecution = (em: EntityManager, id: string): Promise<Execution[]> =>
  em.find(Execution, { parentExecutionId: id }, { orderBy: { createdAt: 'asc', id: 'asc' } });

/** What the children of a compound came to, for its output; of other executions nothing. */
export async function childResults(
  em: EntityManager,
  { id, workflowType }: Pick<Execution, 'id' | 'workflowType'>,
): Promise<ChildResult[]> {
  if (workflowType !== 'compound') return [];
  const children = await childrenOfExecution(em, id);
  return children.map((child) => ({
    name: child.parentSlot ?? '',
    executionId: child.id,
    type: child.workflowType,
    state: child.state,
    output: child.output ?? null,
  }));
}

/** What mappings and conditions may read: the input of the whole, and what its children came to. */
export async function readKnown(
  em: EntityManager,
  { id, input }: Pick<Execution, 'id' | 'input'>,
): Promise<Known> {
  const children = await childrenOfExecution(em, id);
  const outputs = children.flatMap(({ parentSlot, output }) =>
    output ? [[parentSlot ?? '', output] as const] : [],
  );
  return { input, outputs: new Map(outputs) };
}
