import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { Ending } from '../../workflows/contract/executions.ts';
import { isClosed } from '../../workflows/domain/transitions.ts';
import { Execution } from '../db/entities/execution.ts';
import { recordEvent } from '../db/record-event.ts';
import { crashPoint } from '../faults/crash-point.ts';
import { closeLocked } from './close-execution.ts';
import { inPages, NO_ID, type PageLimits, type SweepDeps } from './in-pages.ts';
import { lockExecution } from './lock-execution.ts';
import { startWorkflow } from './start-workflow.ts';

/** How long Temporal may take to say how a workflow stands. */
const DESCRIBE_LIMIT_MS = 5_000;

/** An execution that is due, as it was when it was found. */
interface Due extends Pick<Execution, 'id' | 'workflowId' | 'state'> {
  readonly runId: string | null;
  readonly dueAt: string;
}

/**
 * Open executions that the sweep should look at, the one that has waited longest first. Younger rows are being started by
 * the API, younger runs may just be ending; a child that has not begun is its parent's to start.
 */
const DUE = `
  select id, workflow_id as "workflowId", run_id as "runId", state, next_check_at::text as "dueAt"
  from conclave.execution
  where state in ('queued', 'preparing', 'running', 'paused') and updated_at < now() - interval '10 seconds'
    and (state <> 'queued' or run_id is not null or parent_execution_id is null)
    and next_check_at <= now() and (next_check_at, id) > (?::timestamptz, ?::uuid)
  order by next_check_at, id limit ?`;
const FIRST = { dueAt: '-infinity', id: NO_ID };

/** What is at work is looked at by each sweep; what waits for people the more seldom, the longer it has waited. */
const POSTPONE = `
  update conclave.execution set next_check_at = now() + case when state = 'paused'
    then least(greatest((now() - updated_at) / 10, interval '20 seconds'), interval '5 minutes') else interval '20 seconds' end
  where id = ?`;

/** Starts what was never started, and ends what Temporal has closed or lost; says how many of each. */
export async function lookAfterDue(
  deps: SweepDeps,
  limits: PageLimits,
): Promise<{ readonly started: number; readonly closed: number }> {
  const { em } = deps;
  const done = await inPages(
    limits,
    ({ dueAt, id }: Pick<Due, 'dueAt' | 'id'> = FIRST) =>
      em.fork().execute<Due[]>(DUE, [dueAt, id, limits.batch]),
    (row: Due) => lookAfter(deps, row),
  );
  const count = (what: 'started' | 'closed') => done.filter((each) => each === what).length;
  return { started: count('started'), closed: count('closed') };
}

/** A row that fails is logged and does not keep the others from their turn. */
async function lookAfter(deps: SweepDeps, row: Due): Promise<'started' | 'closed' | 'left'> {
  try {
    await deps.em.fork().execute(POSTPONE, [row.id]);
    // Only what never recorded a run is started: a run that Temporal no longer knows is lost, not new.
    if (row.state === 'queued' && row.runId === null)
      return (await start(deps, row)) ? 'started' : 'left';
    return (await compare(deps, row)) ? 'closed' : 'left';
  } catch (error) {
    deps.log.warn(
      { err: error, executionId: row.id },
      'the sweep could not look after an execution; a later one tries again',
    );
    return 'left';
  }
}

/** Under the row's lock: who else starts it, or whose run takes it up, is waited for or waits. */
async function start({ em, temporal, log }: SweepDeps, { id }: Due): Promise<boolean> {
  const runId = await em.fork().transactional(async (tx) => {
    const never = { id, state: 'queued', runId: null } as const;
    const row = await tx.findOne(Execution, never, { lockMode: LockMode.PESSIMISTIC_WRITE });
    if (!row) return null;
    row.runId = await startWorkflow(temporal, row);
    crashPoint('s1');
    return row.runId;
  });
  if (runId === null) return false;
  log.info({ executionId: id, runId }, 'the sweep started an execution');
  return true;
}

/**
 * Asks Temporal (`describe`, because lists lag behind) and ends the row of a workflow that has ended or is unknown. What
 * it hears is of the run that was found: one that was set aside meanwhile, by a retry, has nothing more to say.
 */
async function compare(
  { em, temporal, log }: SweepDeps,
  { id, workflowId, runId }: Due,
): Promise<boolean> {
  const ending = await endingOf(temporal, workflowId);
  if (ending === null) return false;
  crashPoint('s1');
  return em.fork().transactional(async (tx) => {
    const row = await lockExecution(tx, id);
    if (!row || isClosed(row.state) || (row.runId ?? null) !== runId) return false;
    await closeLocked(tx, row, ending, 'sweep');
    if (ending.state === 'failed') recordError(tx, row, ending.code);
    log.warn(
      { executionId: id, ending: ending.state },
      'the sweep ended an execution whose workflow had ended',
    );
    return true;
  });
}

/** How the row should end; null: the workflow is at work. */
async function endingOf(temporal: Client, workflowId: string): Promise<Ending | null> {
  try {
    const { status } = await temporal.withDeadline(Date.now() + DESCRIBE_LIMIT_MS, () =>
      temporal.workflow.getHandle(workflowId).describe(),
    );
    if (status.name === 'RUNNING' || status.name === 'CONTINUED_AS_NEW') return null;
    if (status.name === 'CANCELLED' || status.name === 'TERMINATED') return { state: 'cancelled' };
    return {
      state: 'failed',
      code: 'internal',
      message:
        'The workflow ended without writing its ending; its history in Temporal says why. Start it again.',
    };
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    return {
      state: 'failed',
      code: 'lost',
      message: 'Temporal no longer knows this execution. What was said is kept; start it again.',
    };
  }
}

function recordError(em: EntityManager, execution: Execution, code: string): void {
  recordEvent(
    em,
    {
      ownerId: execution.ownerId,
      eventType: 'system.error',
      severity: 'error',
      source: 'sweep',
      subjectType: 'execution',
      subjectId: execution.id,
      payload: { role: 'sweep', reason: code },
    },
    execution,
  );
}
