import { defineEntity, p } from '@mikro-orm/core';
import { EXECUTION_STATES } from '../../../workflows/domain/enums.ts';
import { id, moment } from '../columns.ts';

const ExecutionStateHistorySchema = defineEntity({
  name: 'ExecutionStateHistory',
  properties: {
    id,
    ownerId: p.uuid(),
    executionId: p.uuid(),
    /** Null: the execution itself. */
    agentExecutionId: p.uuid().nullable(),
    ordinal: p.integer(),
    previousState: p.enum(EXECUTION_STATES).nullable(),
    newState: p.enum(EXECUTION_STATES),
    reason: p.text().nullable(),
    /** `user:<id>` or a component. */
    actor: p.text().nullable(),
    enteredAt: moment(),
  },
  uniques: [
    { properties: ['executionId', 'ordinal'], where: 'agent_execution_id is null' },
    { properties: ['agentExecutionId', 'ordinal'], where: 'agent_execution_id is not null' },
  ],
  indexes: [
    { properties: ['executionId', 'enteredAt'] },
    { properties: ['agentExecutionId'] },
    { properties: ['enteredAt'] },
  ],
});

/** A change of state of an execution or of a seat in it. */
export class ExecutionStateHistory extends ExecutionStateHistorySchema.class {}
ExecutionStateHistorySchema.setClass(ExecutionStateHistory);
