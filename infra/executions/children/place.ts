import type { EntityManager } from '@mikro-orm/postgresql';
import { Budget } from '../../db/entities/budget.ts';
import type { Execution } from '../../db/entities/execution.ts';
import { derivedId } from '../../db/new-id.ts';
import type { NewBudget } from '../write-execution.ts';

/** A child's id comes from its parent's and its name, so that whoever asks again finds the same one. */
export const childId = (parentId: string, name: string): string =>
  derivedId(parentId, `child/${name}`);

/** What makes an execution its parent's child of that name. */
export const placeIn = (
  parent: Pick<Execution, 'id' | 'rootExecutionId' | 'depth'>,
  name: string,
) => ({
  id: childId(parent.id, name),
  parentExecutionId: parent.id,
  parentSlot: name,
  rootExecutionId: parent.rootExecutionId,
  depth: parent.depth + 1,
});

/** A child's ceilings, none of its own: whatever the parent may spend, all below it may. */
export async function budgetIn(
  em: EntityManager,
  parent: Pick<Execution, 'id'>,
): Promise<NewBudget> {
  const above = await em.findOneOrFail(Budget, { scope: 'execution', scopeId: parent.id });
  return { limitTokens: null, limitUsd: null, above };
}
