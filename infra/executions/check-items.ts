import type { StartExecution } from '../../workflows/contract/executions.schema.ts';
import type { Definition } from '../../workflows/contract/definition.ts';
import { Capability } from '../db/entities/capability.ts';
import type { Findings } from './findings.ts';
import { notFoundMessage, pick, type Scope } from './references.ts';

/** Checks the items of a start's input: only a delegation has any, or a compound with one, and they ask for registered capabilities only. */
export async function checkItems(
  { em, ownerId }: Scope,
  { input: { items } }: StartExecution,
  definition: Definition | null,
  { invalid }: Findings,
): Promise<void> {
  if (!items) return;
  if (definition && !delegates(definition))
    invalid.push({
      path: 'input.items',
      message: 'Only a delegation takes items; leave them out, or start a delegation.',
    });
  const names = items.flatMap(({ requiredCapabilities }) => requiredCapabilities);
  const rows =
    names.length === 0
      ? []
      : await em.find(Capability, {
          name: { $in: [...new Set(names)] },
          $or: [{ ownerId: null }, { ownerId }],
        });
  for (const [i, { requiredCapabilities }] of items.entries())
    for (const [j, name] of requiredCapabilities.entries()) {
      const found = pick(rows, name, ownerId);
      if (found.status === 'found') continue;
      const path = `input.items.${i}.requiredCapabilities.${j}`;
      invalid.push({ path, message: notFoundMessage('capability', name, found) });
    }
}

/** At any level. */
const delegates = ({ workflow, children = [] }: Definition): boolean =>
  workflow === 'delegation' || children.some(({ definition }) => delegates(definition));
