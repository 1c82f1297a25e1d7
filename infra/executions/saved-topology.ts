import type { EntityManager } from '@mikro-orm/postgresql';
import { CompoundConfig } from '../../workflows/contract/compound.schema.ts';
import type { Gate } from '../../workflows/contract/gates.schema.ts';
import type { SavedMember } from '../../workflows/contract/members.schema.ts';
import { TemplateVersion } from '../db/entities/template-version.ts';
import type { Topology } from '../db/entities/topology.ts';
import { TopologyMembership } from '../db/entities/topology-membership.ts';
import { newId } from '../db/new-id.ts';
import { checkTopology, type WrittenTopology } from './check-topology.ts';
import { findingsError } from './findings.ts';
import { type Occupant, splitTemplate, templateRef } from './occupants.ts';
import type { Scope } from './references.ts';
import { resolveGates } from './resolve-gates.ts';
import { configWithIds, findParts, type Saving } from './saved-parts.ts';

/** A topology as it is stored: its configuration complete, somebody in every seat and at every gate. Throws all that is wrong with it at once. */
export async function checkedForSaving(
  scope: Scope,
  self: Saving,
  written: WrittenTopology & { readonly gates: readonly Gate[] },
): Promise<{ config: Record<string, unknown>; occupants: Occupant[]; parts: Topology[] | null }> {
  const { plan, config, occupants, findings } = await checkTopology(scope, written);
  const gates = [{ path: 'gates', gates: written.gates }];
  await resolveGates(scope, gates, { plan, options: null }, findings.invalid);
  const isCompound = config !== null && written.type === 'compound';
  const parts = isCompound
    ? await findParts(scope, self, CompoundConfig.parse(config), findings)
    : null;
  const error = findingsError(findings);
  if (error) throw error;
  const seated = occupants.filter((occupant) => occupant !== null);
  return { config: { ...config }, occupants: seated, parts };
}

/** A saved topology in the form in which it could be written in a start; references are ids. */
export async function writtenTopology(
  em: EntityManager,
  topology: Pick<Topology, 'id' | 'type' | 'config'>,
  path: string,
): Promise<WrittenTopology> {
  const { id, type } = topology;
  const config = type === 'compound' ? await configWithIds(em, topology) : topology.config;
  return { type, config, members: await writtenMembers(em, id), path };
}

/** A saved topology's seats, in the form in which they could be written in a start; references are ids. */
async function writtenMembers(em: EntityManager, topologyId: string): Promise<SavedMember[]> {
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
      weight: row.weight ?? null,
      overrides: row.configOverrides,
      ...(agentId != null && { agent: agentId }),
      ...(templateId != null && { template: templateRef(templateId, version) }),
    };
  });
}

/** Replaces a topology's seats; `occupants` are those of the members, in their order. */
export async function writeMembers(
  em: EntityManager,
  topology: { readonly id: string; readonly ownerId?: string | null | undefined },
  members: readonly SavedMember[],
  occupants: readonly Occupant[],
): Promise<void> {
  await em.nativeDelete(TopologyMembership, { topologyId: topology.id });
  for (const [i, member] of members.entries()) {
    const { agent, version } = occupants[i]!;
    const pinned = member.template !== undefined && splitTemplate(member.template).version !== null;
    em.create(TopologyMembership, {
      id: newId(),
      ownerId: topology.ownerId ?? null,
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
