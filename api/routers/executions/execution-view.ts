import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import type { Execution } from '../../../infra/db/entities/execution.ts';
import { childrenOfExecution } from '../../../infra/executions/children/known.ts';
import { failureText, progressOf } from '../../../infra/executions/progress.ts';
import {
  readUsage,
  type Spoken,
  type Usage,
  type UsageScope,
} from '../../../infra/executions/read-usage.ts';
import { EXECUTION_KINDS, EXECUTION_STATES } from '../../../workflows/domain/enums.ts';
import { EXECUTION_WORKFLOWS } from '../../../workflows/contract/names.ts';
import { moment } from '../../http/wire.ts';

const free = z.record(z.string(), z.unknown());

/** What the calls of an execution, and of all below it, came to. */
const UsageView = z
  .strictObject({
    calls: z.int().meta({ description: 'Succeeded calls.' }),
    attempts: z.int().meta({ description: 'Calls that were begun, however they ended.' }),
    repeatedCalls: z.int().meta({ description: 'Calls made again after a death in flight.' }),
    failedCalls: z.int(),
    inputTokens: z.int(),
    outputTokens: z.int(),
    costUsd: z.string(),
    gpuSeconds: z.number(),
    rehearsal: z.boolean().meta({ description: "Some answers were rehearsed, not a model's." }),
  })
  .meta({ id: 'Usage' });

const summary = {
  id: z.uuid(),
  kind: z.enum(EXECUTION_KINDS),
  type: z.enum(EXECUTION_WORKFLOWS),
  title: z.string().nullable(),
  state: z.enum(EXECUTION_STATES),
  progressPercentage: z.number(),
  statusMessage: z.string(),
  usage: UsageView,
  timings: z.strictObject({
    queuedAt: moment,
    startedAt: moment.nullable(),
    completedAt: moment.nullable(),
    durationMs: z.int().nullable(),
  }),
  error: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
  projectId: z.uuid().nullable(),
  topologyId: z.uuid().nullable(),
  agentId: z.uuid().nullable(),
  correlationId: z.string().nullable(),
  priority: z.int(),
  deadline: moment.nullable(),
  workflowId: z.string(),
};

/** An execution in a list. */
export const ExecutionSummary = z.strictObject(summary).meta({ id: 'ExecutionSummary' });

/** An execution, whole. */
export const ExecutionView = z
  .strictObject({
    ...summary,
    input: free,
    output: free.nullable(),
    notices: z.array(z.string()),
    metadata: free,
    openInteractions: z.array(z.unknown()),
    parent: z.uuid().nullable(),
    children: z.array(z.uuid()),
  })
  .meta({ id: 'Execution' });

/** Reads what belongs to each of the executions and puts it together, in the same order. */
export async function summaries(
  em: EntityManager,
  executions: readonly Execution[],
  scope: UsageScope = 'whole',
): Promise<z.input<typeof ExecutionSummary>[]> {
  const usageOf = await readUsage(
    em,
    executions.map(({ id }) => id),
    scope,
  );
  return executions.map((execution) => summaryOf(execution, usageOf(execution.id)));
}

/** Reads all that `GET /executions/:id` shows. */
export async function wholeView(
  em: EntityManager,
  execution: Execution,
): Promise<z.input<typeof ExecutionView>> {
  const [head] = await summaries(em, [execution]);
  const children = await childrenOfExecution(em, execution);
  return {
    ...head!,
    input: { ...execution.input },
    output: execution.output ?? null,
    notices: [...execution.definition.notices],
    metadata: execution.metadata,
    openInteractions: [],
    parent: execution.parentExecutionId ?? null,
    children: children.map(({ id }) => id),
  };
}

function summaryOf(
  execution: Execution,
  { turns, round, ...usage }: Usage & Spoken,
): z.input<typeof ExecutionSummary> {
  const { definition, state, error, errorDetails, output } = execution;
  const progress = progressOf({
    state,
    plan: definition,
    seatCount: definition.seats.length,
    turns,
    round,
    output: output ?? null,
    errorDetails: errorDetails ?? null,
  });
  return {
    id: execution.id,
    kind: execution.kind,
    type: execution.workflowType,
    title: execution.title ?? null,
    state,
    progressPercentage: progress.percentage,
    statusMessage: progress.message,
    usage,
    timings: timingsOf(execution),
    error:
      error == null ? null : { code: error, message: failureText(errorDetails ?? null) ?? error },
    projectId: execution.projectId ?? null,
    topologyId: execution.topologyId ?? null,
    agentId: execution.agentId ?? null,
    correlationId: execution.correlationId ?? null,
    priority: execution.priority,
    deadline: execution.deadlineAt?.toISOString() ?? null,
    workflowId: execution.workflowId,
  };
}

function timingsOf({ createdAt, startedAt, completedAt }: Execution) {
  return {
    queuedAt: createdAt.toISOString(),
    startedAt: startedAt?.toISOString() ?? null,
    completedAt: completedAt?.toISOString() ?? null,
    durationMs: startedAt && completedAt ? completedAt.getTime() - startedAt.getTime() : null,
  };
}
