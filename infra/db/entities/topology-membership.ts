import { defineEntity, p } from '@mikro-orm/core';
import type { AgentOverrides } from '../../../workflows/contract/agents.schema.ts';
import { bag, id, number } from '../columns.ts';

const TopologyMembershipSchema = defineEntity({
  name: 'TopologyMembership',
  properties: {
    id,
    ownerId: p.uuid().nullable(),
    topologyId: p.uuid(),
    slotName: p.text().check("slot_name ~ '^[A-Za-z][A-Za-z0-9_-]{0,63}$'"),
    position: p.integer().default(0).check('position >= 0'),
    templateId: p.uuid().nullable(),
    /** A version of the template; null: the newest that is published. */
    templateVersionId: p.uuid().nullable(),
    agentId: p.uuid().nullable(),
    /** Null: worked out from the agent's reliability. */
    weight: number().check('weight >= 0').nullable(),
    configOverrides: bag<AgentOverrides>(),
  },
  checks: [
    {
      name: 'topology_membership_filler_check',
      expression:
        'num_nonnulls(template_id, agent_id) = 1 and (template_version_id is null or template_id is not null)',
    },
  ],
  uniques: [{ properties: ['topologyId', 'slotName'] }],
  indexes: [
    { properties: ['topologyId', 'position'] },
    { properties: ['ownerId'] },
    { properties: ['templateId'] },
    { properties: ['templateVersionId'] },
    { properties: ['agentId'] },
  ],
});

/** A seat of a topology, filled by a template or by a living agent. */
export class TopologyMembership extends TopologyMembershipSchema.class {}
TopologyMembershipSchema.setClass(TopologyMembership);
