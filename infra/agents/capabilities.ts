import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { AgentCapabilityRef } from '../../workflows/contract/agents.schema.ts';
import { InvalidRequest, type Problem } from '../../workflows/contract/errors.ts';
import { Capability } from '../db/entities/capability.ts';
import { notFoundMessage, pick } from '../executions/references.ts';

/** A capability as a template or an agent is given it. `proficiency`: where it begins, 0 to 1. */
export const CapabilityGrant = AgentCapabilityRef.extend({
  proficiency: z.number().min(0).max(1).default(0.5),
}).meta({ id: 'CapabilityGrant' });
export type CapabilityGrant = z.infer<typeof CapabilityGrant>;

/** A grant, with the registered capability that it names. */
export type FoundGrant = Omit<CapabilityGrant, 'name'> & { readonly capabilityId: string };

/**
 * Finds the capabilities that are named: one's own first, then shared ones; for a shared row (`ownerId` null) only
 * shared ones. Throws `InvalidRequest` with every name that is not registered or is there twice, below `path`.
 */
export async function findGrants(
  em: EntityManager,
  ownerId: string | null,
  grants: readonly CapabilityGrant[],
  path: string,
): Promise<FoundGrant[]> {
  if (grants.length === 0) return [];
  const names = grants.map(({ name }) => name);
  const rows = await em.find(Capability, {
    name: { $in: names },
    $or: [{ ownerId: null }, ...(ownerId === null ? [] : [{ ownerId }])],
  });
  const problems: Problem[] = [];
  const found = grants.flatMap(({ name, ...grant }, index) => {
    const at = `${path}.${index}.name`;
    if (names.indexOf(name) < index)
      problems.push({ path: at, message: `"${name}" is named twice` });
    const match = pick(rows, name, ownerId ?? '');
    if (match.status === 'found') return [{ ...grant, capabilityId: match.row.id }];
    problems.push({ path: at, message: notFoundMessage('capability', name, match) });
    return [];
  });
  if (problems.length > 0) throw new InvalidRequest(problems);
  return found;
}
