import type { EntityManager } from '@mikro-orm/postgresql';
import type { Gate } from '../../workflows/contract/gates.schema.ts';
import type { SavedMember } from '../../workflows/contract/members.schema.ts';
import { TemplateVersion } from '../db/entities/template-version.ts';
import { TopologyMembership } from '../db/entities/topology-membership.ts';
import { newId } from '../db/new-id.ts';
import { checkTopology, type WrittenTopology } from './check-topology.ts';
import { findingsError } from './findings.ts';
import { type Occupant, splitTemplate, templateRef } from './occupants.ts';
import type { Scope } from './references.ts';
import { resolveGates } from './resolve-gates.ts';

/** A topology as it is stored: its configuration complete, somebody in every seat and at every gate. Throws all that is wrong with it at once. */
export async function checkedForSaving(
  scope: Scope,
  written: WrittenTopology & { readonly gates: readonly Gate[] },
): Promise<{ config: Record<string, unknown>; occupants: Occupant[] }> {
  const { plan, config, occupants, findings } = await checkTopology(scope, written);
  const gates = [{ path: 'gates', gates: written.gates }];
  await resolveGates(scope, gates, { plan, options: null }, findings.invalid);
  const error = findingsError(findings);
  if (error) throw error;
  return { config: { ...config }, occupants: occupants.filter((occupant) => occupant !== null) };
}

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
