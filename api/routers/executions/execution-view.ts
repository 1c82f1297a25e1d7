import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { Execution } from '../../../infra/db/entities/execution.ts';
import { childrenOfExecution } from '../../../infra/executions/children/known.ts';
import { failureText, progressOf } from '../../../infra/executions/progress.ts';
import { readInterjections } from '../../../infra/executions/read-interjections.ts';
import { readSpoken, type Spoken } from '../../../infra/executions/read-spoken.ts';
import { readUsage, type Usage, type UsageScope } from '../../../infra/executions/read-usage.ts';
import { openInteractions } from '../../../infra/interactions/read-interactions.ts';
import { EXECUTION_KINDS, EXECUTION_STATES } from '../../../workflows/domain/enums.ts';
import { EXECUTION_WORKFLOWS } from '../../../workflows/contract/names.ts';
import { moment } from '../../http/wire.ts';
import { InteractionView, viewInteractions } from '../interactions/view.ts';
import { InterjectionView } from './interjection-view.ts';
import { UsageView } from './usage-view.ts';

const free = z.record(z.string(), z.unknown());

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
  error: z
    .strictObject({
      code: z.string(),
      message: z.string(),
      output: free
        .optional()
        .meta({ description: 'What would have been the output, had people not refused it.' }),
    })
    .nullable(),
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
    interjections: z.array(InterjectionView).meta({ description: 'What people said to it.' }),
    forkedFrom: z.strictObject({ executionId: z.uuid(), sequence: z.int() }).nullable().meta({
      description:
        'The last message that was kept of another execution; 0 where it is only part of a fork, and nothing that it said itself was kept.',
    }),
    forks: z.array(z.uuid()),
    openInteractions: z
      .array(InteractionView)
      .meta({ description: 'What is asked in it and in all under it.' }),
    parent: z.uuid().nullable(),
    children: z.array(z.uuid()),
  })
  .meta({ id: 'Execution' });

/** What has become of an execution that a request changed. */
export const ChangedExecution = z
  .strictObject({ id: z.uuid(), state: z.enum(EXECUTION_STATES) })
  .meta({ id: 'ChangedExecution' });

/** Reads what belongs to each of the executions and puts it together, in the same order. */
export async function summaries(
  em: EntityManager,
  executions: readonly Execution[],
  scope: UsageScope = 'whole',
): Promise<z.input<typeof ExecutionSummary>[]> {
  const ids = executions.map(({ id }) => id);
  const usageOf = await readUsage(em, ids, scope);
  const spokenIn = await readSpoken(em, ids);
  return executions.map((execution) =>
    summaryOf(execution, usageOf(execution.id), spokenIn(execution.id)),
  );
}

/** Reads all that `GET /executions/:id` shows. */
export async function wholeView(
  em: EntityManager,
  execution: Execution,
): Promise<z.input<typeof ExecutionView>> {
  const [head] = await summaries(em, [execution]);
  const forks = await em.find(
    Execution,
    { forkedFromId: execution.id },
    { fields: ['id'], orderBy: { id: 'asc' } },
  );
  const interjections = await readInterjections(em, execution.id);
  const children = await childrenOfExecution(em, execution);
  return {
    ...head!,
    input: { ...execution.input },
    output: execution.output ?? null,
    notices: [...execution.definition.notices],
    metadata: execution.metadata,
    interjections: interjections.map(({ to, ...said }) => ({ ...said, to: to && [...to] })),
    forkedFrom: forkedFrom(execution),
    forks: forks.map(({ id }) => id),
    openInteractions: await viewInteractions(em, await openInteractions(em, execution.id)),
    parent: execution.parentExecutionId ?? null,
    children: children.map(({ id }) => id),
  };
}

const forkedFrom = ({ forkedFromId, forkedAtSequence }: Execution) =>
  forkedFromId == null || forkedAtSequence == null
    ? null
    : { executionId: forkedFromId, sequence: forkedAtSequence };

function summaryOf(
  execution: Execution,
  usage: Usage,
  spoken: Spoken,
): z.input<typeof ExecutionSummary> {
  const { definition, state, error, errorDetails, output } = execution;
  const progress = progressOf({
    state,
    plan: definition,
    seatCount: definition.seats.length,
    ...spoken,
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
    error: error == null ? null : errorOf(error, errorDetails ?? null),
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

function errorOf(code: string, details: Readonly<Record<string, unknown>> | null) {
  const output = free.safeParse(details?.['output']).data;
  return { code, message: failureText(details) ?? code, ...(output && { output }) };
}
