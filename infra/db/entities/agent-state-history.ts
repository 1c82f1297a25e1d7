import { defineEntity, p } from '@mikro-orm/core';
import {
  AGENT_STATE_DETAILS,
  AGENT_STATUSES,
  APPROVER_KINDS,
} from '../../../workflows/domain/enums.ts';
import { bag, id, moment, tokens } from '../columns.ts';

const AgentStateHistorySchema = defineEntity({
  name: 'AgentStateHistory',
  properties: {
    id,
    ownerId: p.uuid(),
    agentId: p.uuid(),
    ordinal: p.integer(),
    previousStatus: p.enum(AGENT_STATUSES).nullable(),
    newStatus: p.enum(AGENT_STATUSES),
    previousStateDetail: p.enum(AGENT_STATE_DETAILS).nullable(),
    newStateDetail: p.enum(AGENT_STATE_DETAILS),
    reason: p.text().nullable(),
    notes: p.text().nullable(),
    enteredAt: moment(),
    /** Spent in the state that ended, as are the tokens. */
    previousDurationMs: p.bigint('number').check('previous_duration_ms >= 0').nullable(),
    previousTokenCount: tokens().check('previous_token_count >= 0').nullable(),
    metrics: bag(),
    approverKind: p.enum(APPROVER_KINDS).default('system'),
    approverId: p.text().nullable(),
  },
  uniques: [{ properties: ['agentId', 'ordinal'] }],
  indexes: [
    { properties: ['ownerId', 'agentId'] },
    { properties: ['agentId', 'enteredAt'] },
    { properties: ['enteredAt'] },
  ],
});

/** A change of an agent's state. */
export class AgentStateHistory extends AgentStateHistorySchema.class {}
AgentStateHistorySchema.setClass(AgentStateHistory);
