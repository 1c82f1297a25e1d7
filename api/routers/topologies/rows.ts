import type { EntityManager } from '@mikro-orm/postgresql';
import type { z } from 'zod';
import { Agent } from '../../../infra/db/entities/agent.ts';
import { AgentTemplate } from '../../../infra/db/entities/agent-template.ts';
import { TemplateVersion } from '../../../infra/db/entities/template-version.ts';
import { Topology } from '../../../infra/db/entities/topology.ts';
import { TopologyMembership } from '../../../infra/db/entities/topology-membership.ts';
import { NotFound } from '../../../workflows/contract/errors.ts';
import type { TopologyView } from './bodies.ts';

/** The topology of that id, or `not_found`. */
export async function loadTopology(em: EntityManager, id: string): Promise<Topology> {
  const topology = await em.findOne(Topology, { id });
  if (!topology) throw new NotFound('topology');
  return topology;
}

/** Topologies as they are answered, each with its seats in their order. */
export async function viewTopologies(
  em: EntityManager,
  topologies: readonly Topology[],
): Promise<z.input<typeof TopologyView>[]> {
  const seats = await em.find(
    TopologyMembership,
    { topologyId: { $in: topologies.map(({ id }) => id) } },
    { orderBy: { position: 'asc', slotName: 'asc' } },
  );
  const nameOf = await namesOf(em, seats);
  return topologies.map((topology) => ({
    id: topology.id,
    name: topology.name,
    description: topology.description,
    type: topology.type,
    version: topology.version,
    config: topology.config,
    members: seats
      .filter(({ topologyId }) => topologyId === topology.id)
      .map((seat) => ({
        slot: seat.slotName,
        position: seat.position,
        weight: seat.weight ?? null,
        overrides: seat.configOverrides,
        agent: seat.agentId == null ? null : { id: seat.agentId, name: nameOf(seat.agentId) },
        template: seat.templateId == null ? null : templateName(seat, nameOf),
      })),
    gates: topology.gates.map((gate) => ({ ...gate })),
    shared: topology.ownerId == null,
    archivedAt: topology.archivedAt?.toISOString() ?? null,
    createdAt: topology.createdAt.toISOString(),
    updatedAt: topology.updatedAt.toISOString(),
  }));
}

const templateName = (
  { templateId, templateVersionId }: TopologyMembership,
  nameOf: (id: string) => string,
): string =>
  templateVersionId == null
    ? nameOf(templateId!)
    : `${nameOf(templateId!)}@${nameOf(templateVersionId)}`;

/** Names of agents and templates, and the numbers of versions, by id. */
async function namesOf(
  em: EntityManager,
  seats: readonly TopologyMembership[],
): Promise<(id: string) => string> {
  const ids = (of: (seat: TopologyMembership) => string | null | undefined): string[] => [
    ...new Set(seats.flatMap((seat) => of(seat) ?? [])),
  ];
  const agents = await em.find(Agent, { id: { $in: ids(({ agentId }) => agentId) } });
  const templates = await em.find(AgentTemplate, {
    id: { $in: ids(({ templateId }) => templateId) },
  });
  const versions = await em.find(TemplateVersion, {
    id: { $in: ids(({ templateVersionId }) => templateVersionId) },
  });
  const names = new Map([
    ...[...agents, ...templates].map(({ id, name }) => [id, name] as const),
    ...versions.map(({ id, version }) => [id, version] as const),
  ]);
  return (id) => names.get(id) ?? id;
}
