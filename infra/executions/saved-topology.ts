import type { EntityManager } from '@mikro-orm/postgresql';
import type { SavedMember } from '../../workflows/contract/topologies.schema.ts';
import { TemplateVersion } from '../db/entities/template-version.ts';
import { TopologyMembership } from '../db/entities/topology-membership.ts';
import { newId } from '../db/new-id.ts';
import type { Occupant } from './occupants.ts';
import { splitTemplate, templateRef } from './occupants.ts';

/** A saved topology's seats, in the form in which they could be written in a start; references are ids. */
export async function writtenMembers(
  em: EntityManager,
  topologyId: string,
): Promise<SavedMember[]> {
  const rows = await em.find(
    TopologyMembership,
    { topologyId },
    { orderBy: { position: 'asc', slotName: 'asc' } },
  );
  const pinned = rows.flatMap(({ templateVersionId }) => templateVersionId ?? []);
  const versions = pinned.length > 0 ? await em.find(TemplateVersion, { id: { $in: pinned } }) : [];
  return rows.map((row) => {
    const version = versions.find(({ id }) => id === row.templateVersionId)?.version ?? null;
    const { agentId, templateId } = row;

    return {
      slot: row.slotName,
      position: row.position,
      weight: row.weight == null ? null : Number(row.weight),
      overrides: row.configOverrides,
      ...(agentId != null && { agent: agentId }),
      ...(templateId != null && { template: templateRef(templateId, version) }),
    };
  });
}

/** Replaces a topology's seats; `occupants` are those of the members, in their order. */
export async function writeMembers(
  em: EntityManager,
  topology: { readonly id: string; readonly ownerId: string | null },
  members: readonly SavedMember[],
  occupants: readonly Occupant[],
): Promise<void> {
  await em.nativeDelete(TopologyMembership, { topologyId: topology.id });
  for (const [i, member] of members.entries()) {
    const { agent, version } = occupants[i]!;
    const pinned = member.template !== undefined && splitTemplate(member.template).version !== null;
    em.create(TopologyMembership, {
      id: newId(),
      ownerId: topology.ownerId,
      topologyId: topology.id,
      slotName: member.slot,
      position: member.position ?? i,
      agentId: agent?.id ?? null,
      templateId: agent ? null : version!.templateId,
      templateVersionId: pinned ? version!.id : null,
      weight: member.weight ?? null,
      configOverrides: member.overrides ?? {},
    });
  }
}
