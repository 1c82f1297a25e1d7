import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { ChildOpened } from '../../../workflows/contract/children.ts';
import type { ChildDefinition } from '../../../workflows/contract/definition.ts';
import { ExecutionInput } from '../../../workflows/contract/executions.schema.ts';
import { inheritedInput, mappedInput } from '../../../workflows/domain/compound/inputs.ts';
import { Execution } from '../../db/entities/execution.ts';
import { closedOf } from '../closed.ts';
import { preparedOf } from '../prepared.ts';
import { writeExecution } from '../write-execution.ts';
import { readKnown } from './known.ts';
import { budgetIn, childId, placeIn } from './place.ts';

/**
 * Finds the child of that name, or makes it, within the caller's transaction, in which the parent is locked. One that a
 * fork has prepared is found too, with what it keeps.
 */
export async function openChild(
  em: EntityManager,
  parent: Execution,
  name: string,
): Promise<ChildOpened> {
  const id = childId(parent.id, name);
  const found = await em.findOne(Execution, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (found) return closedOf(found) ?? asOpen(found);
  const child = parent.definition.children?.find((each) => each.name === name);
  if (!child) throw new Error(`there is no child ${name} in the definition of ${parent.id}`);
  const made = await inputOf(em, parent, child);
  const input = ExecutionInput.safeParse(made);
  if (!input.success) return { status: 'unfit', field: fieldOf(input.error.issues) };
  const written = await write(em, { parent, child, input: input.data });
  return { ...asOpen(written), prepared: preparedOf(written) };
}

const asOpen = ({ id: executionId, workflowType: workflow }: Execution) =>
  ({ status: 'open', executionId, workflow }) as const;

async function inputOf(
  em: EntityManager,
  parent: Execution,
  { name, input }: ChildDefinition,
): Promise<unknown> {
  const known = await readKnown(em, parent);
  if (input) return mappedInput(input, known);
  const { definition } = parent;
  if (definition.workflow !== 'compound' || definition.config.compositionType === 'parallel')
    return parent.input;
  // The steps of a conditional are a sequence too; the branch that is taken comes after the last of them.
  const { parts, stepCount, config } = definition;
  const isBranch = config.compositionType === 'conditional' && parts.indexOf(name) >= stepCount;
  const previous = parts[(isBranch ? stepCount : parts.indexOf(name)) - 1];
  const output = known.outputs.get(previous ?? '');
  return inheritedInput(
    parent.input,
    previous === undefined || !output ? undefined : { name: previous, output },
  );
}

/** Names the field alone: what was found is the caller's, or a model's. */
const fieldOf = (issues: readonly { readonly path: readonly PropertyKey[] }[]): string =>
  String(issues[0]?.path[0] ?? 'question, task or artifact');

async function write(
  em: EntityManager,
  options: {
    readonly parent: Execution;
    readonly child: ChildDefinition;
    readonly input: ExecutionInput;
  },
): Promise<Execution> {
  const { parent, child, input } = options;
  const { ownerId, title, projectId, correlationId, priority, deadlineAt } = parent;
  return writeExecution(
    em,
    {
      ...placeIn(parent, child.name),
      ownerId,
      kind: 'topology',
      title: title ?? null,
      projectId: projectId ?? null,
      topologyId: child.topologyId,
      definition: child.definition,
      input,
      correlationId: correlationId ?? null,
      priority,
      deadlineAt: deadlineAt ?? null,
    },
    await budgetIn(em, parent),
    'workflow',
  );
}
