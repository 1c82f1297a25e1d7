import type { Definition, Seat } from '../../workflows/contract/definition.ts';
import type { Ready } from '../../workflows/contract/executions.ts';
import type { ExecutionInput } from '../../workflows/contract/executions.schema.ts';
import type { ResolvedGate } from '../../workflows/contract/gates.ts';
import { routesIn } from '../../workflows/domain/delegation.ts';
import { itemsOf } from '../../workflows/domain/plan-parts.ts';
import { derivedId } from '../db/new-id.ts';

/** What a workflow has to know of its execution: all of it is settled when the execution is accepted. */
export function preparedOf({
  id,
  definition,
  input,
}: {
  readonly id: string;
  readonly definition: Definition;
  readonly input: Pick<ExecutionInput, 'options' | 'items' | 'artifact'>;
}): Ready {
  const { seats, notices: _notices, gates = [], children: _children, ...plan } = definition;
  return {
    ...plan,
    status: 'ready',
    optionCount: input.options?.length ?? 0,
    ...(gates.length > 0 && { gates: gates.map(({ before }, index) => ({ index, before })) }),
    ...(input.items && { itemCount: input.items.length }),
    ...(input.items &&
      definition.workflow === 'delegation' &&
      !gates.some(mayChangeInput) && { routes: routesIn(definition, itemsOf(input)) }),
    ...(input.artifact !== undefined && { hasArtifact: true }),
    seats: seats.toSorted(inOrder).map(({ slot, weight, agent }) => ({
      agentExecutionId: derivedId(id, slot),
      slot,
      weight,
      timeoutMs: agent.timeoutSeconds * 1_000,
    })),
  };
}

/** Who gets the items depends on what people make of them here: the workflow asks for their routes after it. */
const mayChangeInput = ({ before, kind }: ResolvedGate): boolean =>
  before === 'start' && kind === 'edit';

const inOrder = (a: Seat, b: Seat): number => a.position - b.position || (a.slot < b.slot ? -1 : 1);
