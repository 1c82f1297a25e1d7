import { defineEntity, p } from '@mikro-orm/core';
import type { ResolvedAgent } from '../../../workflows/contract/definition.ts';
import { AGENT_ROLES, EXECUTION_STATES } from '../../../workflows/domain/enums.ts';
import { hash } from '../checks.ts';
import { bag, id, moment, number, timestamps } from '../columns.ts';

const AgentExecutionSchema = defineEntity({
  name: 'AgentExecution',
  properties: {
    id,
    ownerId: p.uuid(),
    executionId: p.uuid(),
    slotName: p.text().check('length(slot_name) between 1 and 64'),
    position: p.integer().default(0),
    /** Null for an agent that was written inline, as is the version. */
    agentId: p.uuid().nullable(),
    templateVersionId: p.uuid().nullable(),
    displayName: p.text(),
    role: p.enum(AGENT_ROLES),
    weight: number().default(1).check('weight >= 0'),
    /** All overrides applied. */
    resolvedConfig: p.json<ResolvedAgent>(),
    /** Of the settings that make its prompt. */
    promptSha256: p.blob().check(hash('prompt_sha256')),
    promptTokenEstimate: p.integer().default(0).check('prompt_token_estimate >= 0'),
    state: p.enum(EXECUTION_STATES).default('queued'),
    progressPercentage: number().default(0).check('progress_percentage between 0 and 100'),
    statusMessage: p.text().nullable(),
    parameters: p.json<Record<string, unknown>>().nullable(),
    context: p.json<Record<string, unknown>>().nullable(),
    memory: bag(),
    metadata: bag(),
    result: p.json<Record<string, unknown>>().nullable(),
    errorMessage: p.text().nullable(),
    retryCount: p.integer().default(0).check('retry_count >= 0'),
    startedAt: moment().nullable(),
    completedAt: moment().nullable(),
    lastActiveAt: moment().nullable(),
    ...timestamps,
  },
  uniques: [{ properties: ['executionId', 'slotName'] }, { properties: ['ownerId', 'id'] }],
  indexes: [
    { properties: ['agentId', 'createdAt'] },
    { properties: ['templateVersionId'] },
    {
      name: 'agent_execution_running_idx',
      properties: ['agentId'],
      where: "state in ('preparing', 'running')",
    },
  ],
});

/** A seat of an execution: one agent's part in it. No turn writes this row. */
export class AgentExecution extends AgentExecutionSchema.class {}
AgentExecutionSchema.setClass(AgentExecution);
