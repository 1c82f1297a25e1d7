import { defineEntity, p } from '@mikro-orm/core';
import { fraction, semver } from '../checks.ts';
import { bag, number, timestamps } from '../columns.ts';

const AgentCapabilitySchema = defineEntity({
  name: 'AgentCapability',
  properties: {
    ownerId: p.uuid(),
    agentId: p.uuid().primary(),
    capabilityId: p.uuid().primary(),
    proficiency: number().default(0.5).check(fraction('proficiency')),
    usageCount: p.integer().default(0).check('usage_count >= 0'),
    tokenEfficiency: number().check('token_efficiency >= 0').nullable(),
    version: p.text().default('1.0.0').check(semver('version')),
    enabled: p.boolean().default(true),
    config: bag(),
    ...timestamps,
  },
  indexes: [
    {
      name: 'agent_capability_able_idx',
      properties: ['capabilityId', 'proficiency'],
      where: 'enabled',
    },
    { properties: ['capabilityId'] },
    { properties: ['ownerId', 'agentId'] },
  ],
});

/** A capability of an agent, and how well it has it. */
export class AgentCapability extends AgentCapabilitySchema.class {}
AgentCapabilitySchema.setClass(AgentCapability);
