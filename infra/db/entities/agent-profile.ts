import { defineEntity, p } from '@mikro-orm/core';
import { PRESENCES } from '../../../workflows/domain/enums.ts';
import { fraction } from '../checks.ts';
import { moment, number, timestamps, tokens, usd, words } from '../columns.ts';

const count = (column: string) => p.integer().default(0).check(`${column} >= 0`);

const AgentProfileSchema = defineEntity({
  name: 'AgentProfile',
  properties: {
    agentId: p.uuid().primary(),
    ownerId: p.uuid(),
    presence: p.enum(PRESENCES).default('offline'),
    presenceAt: moment()
      .defaultRaw('now()')
      .onCreate(() => new Date()),
    expertise: words().default([]),
    biography: p.text().nullable(),
    avatarSeed: p.text().nullable(),
    tasksCompleted: count('tasks_completed'),
    tasksFailed: count('tasks_failed'),
    consecutiveErrors: count('consecutive_errors'),
    tokenCount: tokens().defaultRaw('0').check('token_count >= 0'),
    costUsd: usd().default('0').check('cost_usd >= 0'),
    /** Of `judged_count` answers that were judged, `good_count` were good. */
    judgedCount: count('judged_count'),
    goodCount: p.integer().default(0).check('good_count between 0 and judged_count'),
    reliabilityScore: number().check(fraction('reliability_score')).nullable(),
    averageQualityScore: number().check(fraction('average_quality_score')).nullable(),
    averageResponseMs: p.integer().check('average_response_ms >= 0').nullable(),
    /** Mean of 1 to 5. */
    satisfaction: number().check('satisfaction between 1 and 5').nullable(),
    satisfactionCount: count('satisfaction_count'),
    /** Tokens per completed task. */
    tokenEfficiency: number().check('token_efficiency >= 0').nullable(),
    ...timestamps,
  },
  indexes: [
    { properties: ['ownerId', 'agentId'] },
    { properties: ['presence'] },
    { properties: ['reliabilityScore'] },
    { properties: ['expertise'], type: 'gin' },
  ],
});

/** An agent's numbers that change often, apart from `agent` so that its version stays quiet. */
export class AgentProfile extends AgentProfileSchema.class {}
AgentProfileSchema.setClass(AgentProfile);
