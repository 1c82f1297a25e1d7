import type { Definition } from '../../../workflows/contract/definition.ts';
import type { Execution } from '../../db/entities/execution.ts';
import { keptOf, type OriginMessage, type Prefixes } from './kept-messages.ts';

/** What is read of an execution to see how much of it a fork takes over. */
type Read = Pick<
  Execution,
  'id' | 'parentExecutionId' | 'parentSlot' | 'state' | 'definition' | 'input'
>;

/** An execution as a fork takes it over: what it keeps, and those inside it that had begun. */
export interface Origin<Row extends Read = Execution> {
  readonly execution: Row;
  readonly definition: Execution['definition'];
  readonly input: Execution['input'];
  readonly kept: readonly OriginMessage[];
  readonly children: readonly Origin<Row>[];
}

/**
 * How far an execution, and all in it, had come when a message of `namedId` was said; what had said nothing by then is
 * left out, and is begun by its parent as usual. Something that was over stays as it is, with the turns of it that came
 * to nothing: what came later knew of them.
 */
export function originOf<Row extends Read>(
  top: Row,
  family: readonly Row[],
  namedId: string,
  { said, wentOn }: Prefixes,
): Origin<Row> {
  const childrenOf = ({ id }: Row) => family.filter((each) => each.parentExecutionId === id);
  const holdsNamed = (row: Row): boolean => row.id === namedId || childrenOf(row).some(holdsNamed);
  const saidMore = (row: Row): boolean => wentOn.has(row.id) || childrenOf(row).some(saidMore);

  const taken = (row: Row, isKnown: boolean): Origin<Row> => {
    const prefix = said.get(row.id) ?? [];
    const isOver = !holdsNamed(row) && (isKnown || (row.state === 'completed' && !saidMore(row)));
    const areOver = isOver || prefix.some(({ isResult }) => isResult);
    return {
      execution: row,
      definition: row.definition,
      input: row.input,
      kept: isOver ? prefix.filter(({ isAnswer }) => !isAnswer) : keptOf(prefix),
      children: childrenOf(row)
        .map((child) => taken(child, areOver))
        .filter(
          ({ execution, kept, children }) =>
            execution.id === namedId || kept.length > 0 || children.length > 0,
        ),
    };
  };
  return taken(top, false);
}

/** Puts the changed parts in place of those of `namedId`, and into the definitions of all that it is part of. */
export function withChanges<Row extends Read>(
  origin: Origin<Row>,
  namedId: string,
  changed: Pick<Execution, 'definition' | 'input'>,
): Origin<Row> {
  if (origin.execution.id === namedId) return { ...origin, ...changed };
  const children = origin.children.map((child) => withChanges(child, namedId, changed));
  return { ...origin, children, definition: holding(origin.definition, children) };
}

/** The definition of a compound with those of its children as they are. */
function holding<Row extends Read>(
  definition: Definition,
  children: readonly Origin<Row>[],
): Definition {
  if (!definition.children) return definition;
  return {
    ...definition,
    children: definition.children.map((child) => {
      const there = children.find(({ execution }) => execution.parentSlot === child.name);
      return there ? { ...child, definition: there.definition } : child;
    }),
  };
}
