import { defineEntity, p } from '@mikro-orm/core';
import type { Definition } from '../../../workflows/contract/definition.ts';
import type { ExecutionInput } from '../../../workflows/contract/executions.schema.ts';
import { EXECUTION_WORKFLOWS } from '../../../workflows/contract/names.ts';
import { EXECUTION_KINDS, EXECUTION_STATES } from '../../../workflows/domain/enums.ts';
import { CLOSED_STATES } from '../../../workflows/domain/transitions.ts';
import { bag, id, moment, number, rowVersion, timestamps } from '../columns.ts';

const closed = CLOSED_STATES.map((state) => `'${state}'`).join(', ');

const ExecutionSchema = defineEntity({
  name: 'Execution',
  properties: {
    id,
    ownerId: p.uuid(),
    kind: p.enum(EXECUTION_KINDS),
    workflowType: p.enum(EXECUTION_WORKFLOWS),
    title: p.text().check('length(title) <= 100').nullable(),
    projectId: p.uuid().nullable(),
    topologyId: p.uuid().nullable(),
    agentId: p.uuid().nullable(),
    definition: p.json<Definition>(),
    parentExecutionId: p.uuid().nullable(),
    parentSlot: p.text().nullable(),
    /** Its own id where there is no parent. */
    rootExecutionId: p.uuid(),
    depth: p.smallint().default(0),
    /** Its own id; a fork keeps its origin's. What is drawn by lot is drawn from this, so that a fork draws the same. */
    originId: p.uuid(),
    forkedFromId: p.uuid().nullable(),
    forkedAtSequence: p.integer().nullable(),
    retryOfRunId: p.text().nullable(),
    state: p.enum(EXECUTION_STATES).default('queued'),
    /** A person's pause holds until a person's resume, whatever gates decide meanwhile. */
    pausedByPerson: p.boolean().default(false),
    progressPercentage: number().default(0).check('progress_percentage between 0 and 100'),
    statusMessage: p.text().nullable(),
    input: p.json<ExecutionInput>(),
    output: p.json<Record<string, unknown>>().nullable(),
    /** The failure's code. */
    error: p.text().nullable(),
    errorDetails: p.json<Record<string, unknown>>().nullable(),
    correlationId: p.text().check('length(correlation_id) <= 255').nullable(),
    metadata: bag(),
    idempotencyKey: p.text().nullable(),
    workflowId: p.text(),
    /** Temporal's latest run; null until the workflow was started. */
    runId: p.text().nullable(),
    /** 0 to 5, higher is more important. */
    priority: p.smallint().default(0).check('priority between 0 and 5'),
    deadlineAt: moment().nullable(),
    /** When the sweep should look at it again, while it is open. */
    nextCheckAt: moment()
      .defaultRaw('now()')
      .onCreate(() => new Date()),
    startedAt: moment().nullable(),
    completedAt: moment().nullable(),
    ...timestamps,
    rowVersion,
  },
  checks: [
    {
      name: 'execution_root_check',
      expression:
        '(depth = 0) = (parent_execution_id is null) and (depth = 0) = (root_execution_id = id)',
    },
    {
      name: 'execution_closed_check',
      expression: `(state in (${closed})) = (completed_at is not null)`,
    },
    {
      name: 'execution_outcome_check',
      expression:
        "(state <> 'completed' or output is not null) and (state <> 'failed' or error is not null)",
    },
  ],
  uniques: [{ properties: ['ownerId', 'id'] }],
  indexes: [
    { properties: ['ownerId', 'createdAt'] },
    { properties: ['projectId', 'state', 'createdAt'] },
    { properties: ['rootExecutionId'] },
    { properties: ['parentExecutionId'], where: 'parent_execution_id is not null' },
    { properties: ['forkedFromId'], where: 'forked_from_id is not null' },
    { properties: ['agentId'], where: 'agent_id is not null' },
    {
      name: 'execution_open_idx',
      properties: ['state', 'updatedAt'],
      where: "state in ('queued', 'preparing', 'running', 'paused')",
    },
    {
      name: 'execution_check_idx',
      properties: ['nextCheckAt', 'id'],
      where: "state in ('queued', 'preparing', 'running', 'paused')",
    },
    { properties: ['correlationId'] },
    { properties: ['topologyId', 'createdAt'] },
    { properties: ['metadata'], type: 'gin' },
  ],
});

/** One run of a topology or of an agent. No turn writes this row. */
export class Execution extends ExecutionSchema.class {}
ExecutionSchema.setClass(Execution);
