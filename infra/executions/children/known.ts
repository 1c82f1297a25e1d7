import type { EntityManager } from '@mikro-orm/postgresql';
import type { Known } from '../../../workflows/domain/compound/paths.ts';
import { Execution } from '../../db/entities/execution.ts';

/** The children of an execution, in the order in which its definition has them. */
export async function childrenOfExecution(
  em: EntityManager,
  parent: Pick<Execution, 'id' | 'definition'>,
): Promise<Execution[]> {
  const children = await em.find(Execution, { parentExecutionId: parent.id });
  return inOrder(parent, children);
}

/** An execution's children, found already, in the order in which its definition has them. */
export function inOrder(
  { definition }: Pick<Execution, 'definition'>,
  children: readonly Execution[],
): Execution[] {
  const names = definition.children?.map(({ name }) => name) ?? [];
  const placeOf = ({ parentSlot }: Execution): number => names.indexOf(parentSlot ?? '');
  return children.toSorted((a, b) => placeOf(a) - placeOf(b));
}

/** What mappings and conditions may read: the input of the whole, and what its children came to. */
export async function readKnown(
  em: EntityManager,
  parent: Pick<Execution, 'id' | 'definition' | 'input'>,
): Promise<Known> {
  const children = await childrenOfExecution(em, parent);
  const outputs = children.flatMap(({ parentSlot, output }) =>
    output ? [[parentSlot ?? '', output] as const] : [],
  );
  return { input: parent.input, outputs: new Map(outputs) };
}
