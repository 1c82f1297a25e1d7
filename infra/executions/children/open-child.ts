import type { ChildOpened, ChildRequest } from '../../../workflows/contract/children.ts';
import type { ChildDefinition } from '../../../workflows/contract/definition.ts';
import { StateConflict } from '../../../workflows/contract/errors.ts';
import { ExecutionInput } from '../../../workflows/contract/executions.schema.ts';
import type { Plan } from '../../../workflows/contract/plans.ts';
import { inheritedInput, mappedInput } from '../../../workflows/domain/compound/inputs.ts';
import type { CallFunction } from '../../db/call.ts';
import type { Budget } from '../../db/entities/budget.ts';
import type { Execution } from '../../db/entities/execution.ts';
import { closedOf } from '../closed.ts';
import { preparedOf } from '../prepared.ts';
import { newRows } from '../write-execution.ts';
import { childId, placeIn } from './place.ts';

/** What `child_find` finds. */
interface Found {
  readonly parent: Parent;
  readonly above: Pick<Budget, 'id' | 'path'>;
  /** The child, where it is there. */
  readonly row: Pick<Execution, 'id' | 'workflowType' | 'state' | 'error' | 'output'> | null;
  readonly child: ChildDefinition | null;
  /** What the parent's children came to, by name. */
  readonly outputs: Readonly<Record<string, Record<string, unknown>>>;
}

type Parent = Pick<Execution, 'id' | 'rootExecutionId' | 'depth' | 'priority' | 'input'> & {
  readonly [Field in 'title' | 'projectId' | 'correlationId' | 'deadlineAt']: string | null;
} & { readonly definition: Plan; readonly isClosed: boolean };

/**
 * Finds the child of that name, or makes it. One that a fork has prepared is found too, with what it keeps. Where two
 * make it at once, one fails on its key, and finds it when it tries again.
 */
export async function openChild(
  call: CallFunction,
  { ownerId, executionId: parentId, name }: ChildRequest,
): Promise<ChildOpened> {
  const id = childId(parentId, name);
  const found = await call<Found | null>('child_find', [ownerId, parentId, name, id]);
  if (!found || found.parent.isClosed) throw hasEnded();
  const { parent, row, child, above } = found;
  if (row) return closedOf(row) ?? { status: 'open', executionId: id, workflow: row.workflowType };
  if (!child) throw new Error(`there is no child ${name} in the definition of ${parentId}`);
  const made = ExecutionInput.safeParse(inputOf(found, child));
  if (!made.success) return { status: 'unfit', field: fieldOf(made.error.issues) };

  const { definition, topologyId } = child;
  const { title, projectId, correlationId, priority, deadlineAt } = parent;
  const input = made.data;
  const rows = newRows(
    {
      ...placeIn(parent, name),
      ownerId,
      kind: 'topology',
      title,
      projectId,
      topologyId,
      definition,
      input,
      correlationId,
      priority,
      deadlineAt,
    },
    { limitTokens: null, limitUsd: null, above },
  );
  const isWritten = await call<boolean>('child_write', [ownerId, parentId, ...rows]);
  if (!isWritten) throw hasEnded();
  const prepared = preparedOf({ id, definition, input });
  return { status: 'open', executionId: id, workflow: definition.workflow, prepared };
}

/** The parent was closed meanwhile. */
export const hasEnded = (): StateConflict =>
  new StateConflict('The execution has ended; nothing more is begun in it.');

function inputOf(
  { parent: { definition, input }, outputs }: Found,
  { name, input: mapping }: ChildDefinition,
): unknown {
  if (mapping) return mappedInput(mapping, { input, outputs: new Map(Object.entries(outputs)) });
  if (definition.workflow !== 'compound' || definition.config.compositionType === 'parallel')
    return input;
  // The steps of a conditional are a sequence too; the branch that is taken comes after the last of them.
  const { parts, stepCount, config } = definition;
  const isBranch = config.compositionType === 'conditional' && parts.indexOf(name) >= stepCount;
  const previous = parts[(isBranch ? stepCount : parts.indexOf(name)) - 1];
  const output = previous === undefined ? undefined : outputs[previous];
  return inheritedInput(input, output && { name: previous!, output });
}

/** Names the field alone: what was found is the caller's, or a model's. */
const fieldOf = (issues: readonly { readonly path: readonly PropertyKey[] }[]): string =>
  String(issues[0]?.path[0] ?? 'question, task or artifact');
