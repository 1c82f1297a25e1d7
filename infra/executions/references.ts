import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { Agent } from '../db/entities/agent.ts';
import { AgentTemplate } from '../db/entities/agent-template.ts';
import { Project } from '../db/entities/project.ts';
import { Topology } from '../db/entities/topology.ts';

/** Where references are looked up, and for whom: one's own rows first, then shared ones, nobody else's (an admin's neither). */
export interface Scope {
  readonly em: EntityManager;
  readonly ownerId: string;
}

/** What a reference came to. */
export type Found<Row> =
  | { readonly status: 'found'; readonly row: Row }
  | { readonly status: 'unknown' }
  | { readonly status: 'ambiguous'; readonly ids: readonly string[] };

interface Named {
  readonly id: string;
  readonly name: string;
  readonly ownerId?: string | null | undefined;
}

/** True for what can be the id of a row; only such text may be compared with one. */
export const isId = (ref: string): boolean => z.uuid().safeParse(ref).success;

/** Picks what `ref` means: the row of that id, else the one of that name among one's own, else among the shared ones. */
export function pick<Row extends Named>(
  rows: readonly Row[],
  ref: string,
  ownerId: string,
): Found<Row> {
  const byId = rows.find(({ id }) => id === ref.toLowerCase());
  if (byId) return { status: 'found', row: byId };
  const named = rows.filter(({ name }) => name === ref);
  const own = named.filter((row) => row.ownerId === ownerId);
  const [first, ...others] = own.length > 0 ? own : named;
  if (!first) return { status: 'unknown' };
  if (others.length === 0) return { status: 'found', row: first };
  return { status: 'ambiguous', ids: [first, ...others].map(({ id }) => id) };
}

/** Says what to do about a reference that was not found. */
export const notFoundMessage = (what: string, ref: string, found: Found<unknown>): string =>
  found.status === 'ambiguous'
    ? `There are ${found.ids.length} ${what}s named "${ref}"; name one by its id: ${found.ids.join(', ')}.`
    : `There is no ${what} "${ref}"; give the name or id of one of yours, or of a shared one.`;

const ids = (refs: readonly string[]): string[] => refs.filter(isId);

/** Living agents by name or id; a terminated one is found by its id only. */
export function findAgents({ em, ownerId }: Scope, refs: readonly string[]): Promise<Agent[]> {
  return em.find(Agent, {
    ownerId,
    $or: [
      { id: { $in: ids(refs) } },
      { name: { $in: [...refs] }, stateDetail: { $ne: 'terminated' } },
    ],
  });
}

/** Templates by name (stored lower-case) or id. */
export function findTemplates(
  { em, ownerId }: Scope,
  refs: readonly string[],
): Promise<AgentTemplate[]> {
  return em.find(AgentTemplate, {
    $and: [
      { $or: [{ ownerId }, { ownerId: null }] },
      { $or: [{ id: { $in: ids(refs) } }, { name: { $in: [...refs] } }] },
    ],
  });
}

/** A topology by name (stored lower-case) or id. */
export async function findTopology({ em, ownerId }: Scope, ref: string): Promise<Found<Topology>> {
  const name = ref.toLowerCase();
  const rows = await em.find(Topology, {
    $and: [
      { $or: [{ ownerId }, { ownerId: null }] },
      { $or: [{ id: { $in: ids([ref]) } }, { name }] },
    ],
  });
  return pick(rows, name, ownerId);
}

/** A project by name or id; without a reference the project `default`, if there is one. */
export async function findProject(
  { em, ownerId }: Scope,
  ref: string | undefined,
): Promise<Found<Project>> {
  const name = ref ?? 'default';
  const rows = await em.find(Project, { ownerId, $or: [{ id: { $in: ids([name]) } }, { name }] });
  return pick(rows, name, ownerId);
}
