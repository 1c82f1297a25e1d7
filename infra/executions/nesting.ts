import type { EntityManager } from '@mikro-orm/postgresql';
import { Topology } from '../db/entities/topology.ts';
import { TopologyPart } from '../db/entities/topology-part.ts';

/** How many executions may stand above one. */
export const MAX_DEPTH = 5;

interface Named {
  readonly id: string;
  readonly name: string;
}

/** Says which topologies hold each other in a circle. `trail`: from the first holder down. */
export const cycleMessage = (trail: readonly string[]): string =>
  `Topologies cannot hold each other in a circle: ${trail.join(' → ')}.`;

export const tooDeepMessage = (trail: readonly string[]): string =>
  `Topologies can be nested ${MAX_DEPTH} deep; this is deeper: ${trail.join(' → ')}.`;

/**
 * What is wrong with a saved topology that would hold these: a circle, or too many levels, counting those above it. Goes
 * down level by level, so that it ends whatever is stored. Null: nothing.
 */
export async function nestingProblem(
  em: EntityManager,
  self: { readonly id: string | null; readonly name: string },
  children: readonly Named[],
): Promise<string | null> {
  const above = self.id === null ? 0 : await levelsAbove(em, self.id);
  let level = new Map(children.map(({ id, name }) => [id, [self.name, name]]));
  for (let depth = above + 1; level.size > 0; depth++) {
    const own = self.id === null ? undefined : level.get(self.id);
    if (own) return cycleMessage(own);
    if (depth > MAX_DEPTH) return tooDeepMessage([...level.values()][0]!);
    level = await below(em, level);
  }
  return null;
}

/** The topologies one level further down, each with one way to it. */
async function below(
  em: EntityManager,
  level: ReadonlyMap<string, readonly string[]>,
): Promise<Map<string, string[]>> {
  const parts = await em.find(TopologyPart, { topologyId: { $in: [...level.keys()] } });
  const ids = [...new Set(parts.map(({ childId }) => childId))];
  const rows = await em.find(Topology, { id: { $in: ids } });
  const nameOf = new Map(rows.map(({ id, name }) => [id, name]));
  return new Map(
    parts.map(({ topologyId, childId }) => [
      childId,
      [...level.get(topologyId)!, nameOf.get(childId) ?? childId],
    ]),
  );
}

/** How many levels of saved topologies hold this one; never more than there can be. */
async function levelsAbove(em: EntityManager, id: string): Promise<number> {
  let level = [id];
  for (let depth = 0; depth <= MAX_DEPTH; depth++) {
    const parts = await em.find(TopologyPart, { childId: { $in: level } });
    if (parts.length === 0) return depth;
    level = [...new Set(parts.map(({ topologyId }) => topologyId))];
  }
  return MAX_DEPTH;
}
