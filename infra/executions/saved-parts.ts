import type { EntityManager } from '@mikro-orm/postgresql';
import {
  type CompoundChild,
  CompoundConfig,
  childrenOf,
} from '../../workflows/contract/compound.schema.ts';
import type { Topology } from '../db/entities/topology.ts';
import { TopologyPart } from '../db/entities/topology-part.ts';
import { newId } from '../db/new-id.ts';
import type { Findings } from './findings.ts';
import { nestingProblem } from './nesting.ts';
import { findTopology, notFoundMessage, type Scope } from './references.ts';
import { resolveGates } from './resolve-gates.ts';

/** A topology that is being saved; without an id it is new. */
export interface Saving {
  readonly id: string | null;
  readonly name: string;
}

/** Finds the topologies that a compound names; all that keeps it from being saved goes to `findings`. */
export async function findParts(
  scope: Scope,
  self: Saving,
  config: CompoundConfig,
  findings: Findings,
): Promise<Topology[]> {
  const isShort = config.children.length === 0;
  const found: Topology[] = [];
  for (const [i, { topology }] of childrenOf(config).entries()) {
    const path = isShort ? `config.subTopologies.${i}` : `config.children.${i}.topology`;
    const refuse = (message: string) => void findings.invalid.push({ path, message });
    if (typeof topology !== 'string') {
      refuse('Topologies are written inline in starts only; save it, and name it here.');
      continue;
    }
    const part = await findTopology(scope, topology);
    if (part.status !== 'found') {
      refuse(notFoundMessage('topology', topology, part));
      continue;
    }
    if (part.row.archivedAt !== null)
      findings.conflicts.push({ path, message: `The topology "${part.row.name}" is archived.` });
    found.push(part.row);
  }
  const gates = config.children.map((child, i) => ({
    path: `config.children.${i}.gates`,
    gates: child.gates ?? [],
  }));
  await resolveGates(scope, gates, { plan: null, options: null }, findings.invalid);
  const problem = await nestingProblem(scope.em, self, found);
  const path = isShort ? 'config.subTopologies' : 'config.children';
  if (problem !== null) findings.invalid.push({ path, message: problem });
  return found;
}

/** Replaces the parts of a compound; `topologies` are those of its children, in their order. */
export async function writeParts(
  em: EntityManager,
  whole: Pick<Topology, 'id' | 'ownerId' | 'config'>,
  topologies: readonly Topology[],
): Promise<void> {
  await em.nativeDelete(TopologyPart, { topologyId: whole.id });
  for (const [i, child] of childrenOf(CompoundConfig.parse(whole.config)).entries())
    em.create(TopologyPart, {
      id: newId(),
      ownerId: whole.ownerId ?? null,
      topologyId: whole.id,
      childId: topologies[i]!.id,
      alias: child.name,
      position: i,
      inputMapping: mappingOf(child),
      condition: child.when ?? null,
      gates: child.gates ?? [],
    });
}

const mappingOf = ({ input = {} }: CompoundChild): Record<string, string> =>
  Object.fromEntries(
    Object.entries(input).flatMap(([field, path]) => (path === undefined ? [] : [[field, path]])),
  );

/** A saved compound's configuration with ids in place of names, so that what was meant stays meant. */
export async function configWithIds(
  em: EntityManager,
  { id, config }: Pick<Topology, 'id' | 'config'>,
): Promise<Record<string, unknown>> {
  const parts = await em.find(TopologyPart, { topologyId: id });
  const compound = CompoundConfig.parse(config);
  const children = childrenOf(compound).map((child) => {
    const part = parts.find(({ alias }) => alias === child.name);
    return { ...child, topology: part?.childId ?? child.topology };
  });
  return { ...compound, subTopologies: [], children };
}
