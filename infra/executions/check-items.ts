import type { Definition } from '../../workflows/contract/definition.ts';
import type { Problem } from '../../workflows/contract/errors.ts';
import type { ExecutionInput } from '../../workflows/contract/executions.schema.ts';
import { notFoundMessage, type Scope } from './references.ts';

type Items = ExecutionInput['items'];

/** What is wrong with the items of an input: only a delegation has any, or a compound with one, and they ask for registered capabilities only. */
export async function itemProblems(
  scope: Scope,
  items: Items,
  definition: Definition | null,
): Promise<Problem[]> {
  if (!items) return [];
  const unregistered = await unregisteredNames(scope, items, 'input.items');
  if (!definition || delegates(definition)) return unregistered;
  const message = 'Only a delegation takes items; leave them out, or start a delegation.';
  return [{ path: 'input.items', message }, ...unregistered];
}

/** Capabilities of items that are not registered; those that were `shown` are taken as they are. */
export async function unregisteredNames(
  { em, ownerId }: Scope,
  items: Items = [],
  path: string,
  shown: Items = [],
): Promise<Problem[]> {
  const known = new Set(shown.flatMap(({ requiredCapabilities }) => requiredCapabilities));
  const asked = items.flatMap(({ requiredCapabilities }, i) =>
    requiredCapabilities.map((name, j) => ({
      name,
      path: `${path}.${i}.requiredCapabilities.${j}`,
    })),
  );
  const names = new Set(asked.map(({ name }) => name).filter((name) => !known.has(name)));
  if (names.size === 0) return [];
  const rows = await em.execute<{ name: string }[]>(
    'select name from conclave.unregistered_capabilities(?, array(select jsonb_array_elements_text(?::jsonb))) name',
    [ownerId, JSON.stringify([...names])],
  );
  const missing = new Set(rows.map(({ name }) => name));
  return asked
    .filter(({ name }) => missing.has(name))
    .map(({ name, path: at }) => ({
      path: at,
      message: notFoundMessage('capability', name, { status: 'unknown' }),
    }));
}

/** At any level. */
const delegates = ({ workflow, children = [] }: Definition): boolean =>
  workflow === 'delegation' || children.some(({ definition }) => delegates(definition));
