import { defineEntity, p, type Opt } from '@mikro-orm/core';
import type { AgentOverrides } from '../../../workflows/contract/agents.schema.ts';
import {
  AGENT_ROLES,
  AGENT_STATE_DETAILS,
  AGENT_STATUSES,
  AGENT_TYPES,
} from '../../../workflows/domain/enums.ts';
import { sized } from '../checks.ts';
import { bag, id, moment, rowVersion, timestamps, tokens, words } from '../columns.ts';

/** What an agent can take on now; the database works it out of state, maintenance and load. */
const STATUS = `(case
  when state_detail = 'error' then 'error'
  when in_maintenance and state_detail <> 'terminated' then 'maintenance'
  when state_detail = 'active' and running_count >= max_concurrency then 'busy'
  when state_detail = 'active' then 'active'
  else 'inactive' end) stored`;

const AgentSchema = defineEntity({
  name: 'Agent',
  properties: {
    id,
    ownerId: p.uuid(),
    projectId: p.uuid(),
    templateVersionId: p.uuid(),
    name: p.text().check(sized('name', 1, 255)),
    description: p.text().nullable(),
    type: p.enum(AGENT_TYPES),
    role: p.enum(AGENT_ROLES),
    stateDetail: p.enum(AGENT_STATE_DETAILS).default('created'),
    status: p.enum(AGENT_STATUSES).$type<Opt<(typeof AGENT_STATUSES)[number]>>().generated(STATUS),
    inMaintenance: p.boolean().default(false),
    runningCount: p.integer().default(0).check('running_count >= 0'),
    maxConcurrency: p.integer().default(1).check('max_concurrency >= 1'),
    previousStateDetail: p.enum(AGENT_STATE_DETAILS).nullable(),
    stateEnteredAt: moment()
      .defaultRaw('now()')
      .onCreate(() => new Date()),
    /** Here and below, null: as the template's version has it. */
    personality: p.text().nullable(),
    promptTemplate: p.text().nullable(),
    providerConfigId: p.uuid().nullable(),
    modelName: p.text().check('length(model_name) <= 128').nullable(),
    /** Overrides of the version's AgentConfig, under the template's `configuration_schema`. */
    configuration: bag<AgentOverrides & Record<string, unknown>>(),
    messageSubscriptions: words().default([]),
    metadata: bag(),
    /** Per execution; null: the product's default. */
    tokenBudget: tokens().check('token_budget > 0').nullable(),
    lastHeartbeatAt: moment().nullable(),
    workflowId: p.text(),
    terminatedAt: moment().nullable(),
    ...timestamps,
    rowVersion,
  },
  uniques: [
    { properties: ['projectId', 'name'], where: "state_detail <> 'terminated'" },
    { properties: ['ownerId', 'id'] },
  ],
  indexes: [
    { properties: ['projectId', 'status'] },
    { properties: ['status'] },
    { properties: ['ownerId', 'updatedAt'] },
    { name: 'agent_free_idx', properties: ['ownerId'], where: "status = 'active'" },
    { properties: ['templateVersionId'] },
    { properties: ['providerConfigId'] },
    { properties: ['messageSubscriptions'], type: 'gin' },
    { properties: ['metadata'], type: 'gin' },
  ],
});

/** A living agent, made from a template's version. */
export class Agent extends AgentSchema.class {}
AgentSchema.setClass(Agent);
