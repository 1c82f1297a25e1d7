import { defineEntity, p } from '@mikro-orm/core';
import type { AgentOverrides } from '../../../workflows/contract/agents.schema.ts';
import { PROVIDER_TYPES } from '../../../workflows/domain/enums.ts';
import { bag, id, rowVersion, timestamps } from '../columns.ts';

const AgentConfigurationSchema = defineEntity({
  name: 'AgentConfiguration',
  properties: {
    id,
    ownerId: p.uuid(),
    templateId: p.uuid().nullable(),
    agentId: p.uuid().nullable(),
    modelProvider: p.enum(PROVIDER_TYPES).nullable(),
    assignedLlm: p.text().nullable(),
    providerConfigId: p.uuid().nullable(),
    systemPrompt: p.text().nullable(),
    constraints: bag(),
    settings: bag<AgentOverrides>(),
    timeoutMs: p.integer().check('timeout_ms > 0').nullable(),
    maxRetries: p.integer().check('max_retries >= 0').nullable(),
    priority: p.smallint().check('priority between 0 and 5').nullable(),
    isActive: p.boolean().default(true),
    ...timestamps,
    rowVersion,
  },
  checks: [
    {
      name: 'agent_configuration_subject_check',
      expression: 'num_nonnulls(template_id, agent_id) = 1',
    },
  ],
  uniques: [
    { properties: ['ownerId', 'templateId'], where: 'template_id is not null' },
    { properties: ['ownerId', 'agentId'], where: 'agent_id is not null' },
  ],
  indexes: [
    { properties: ['templateId'] },
    { properties: ['agentId'] },
    { properties: ['providerConfigId'] },
    { properties: ['constraints'], type: 'gin' },
  ],
});

/** A user's own settings for a template, also a shared one, or for an agent. */
export class AgentConfiguration extends AgentConfigurationSchema.class {}
AgentConfigurationSchema.setClass(AgentConfiguration);
