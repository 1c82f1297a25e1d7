import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Sweeper } from '../../activities/ports/services.ts';
import type { Ending } from '../../workflows/contract/executions.ts';
import { isClosed } from '../../workflows/domain/transitions.ts';
import { Execution } from '../db/entities/execution.ts';
import type { HumanInteraction } from '../db/entities/human-interaction.ts';
import { recordEvent } from '../db/record-event.ts';
import { crashPoint } from '../faults/crash-point.ts';
import { wake } from '../interactions/wake.ts';
import { closeLocked } from './close-execution.ts';
import { lockExecution } from './lock-execution.ts';
import { startWorkflow } from './start-workflow.ts';
import { tellWaiting } from './tell-interjections.ts';

/** Rows of one sweep; the next one takes the rest. */
const BATCH = 200;
/** Younger rows are being started by the API, younger runs may just be ending. */
const GRACE_MS = 10_000;
/** An open execution is compared with its workflow this often. */
const CHECK_EVERY_MS = 30_000;

const OPEN = ['queued', 'preparing', 'running', 'paused'] as const;

/** Looks for executions whose row and workflow disagree, under the role `conclave_system`. */
export function makeSweeper(deps: {
  readonly em: MikroORM['em'];
  readonly temporal: Client;
  readonly log: Logger;
}): Sweeper {
  return {
    async sweep() {
      const started = await each(deps, neverStarted(), (row) => start(deps, row));
      const closed = await each(deps, dueForCheck(), (row) => compare(deps, row));
      const told = await tellWaiting(deps);
      const [{ n: released }] = await deps.em
        .fork()
        .execute<[{ n: number }]>('select abandon_flights(null, 1000) as n');
      const woken = await wakeAnswered(deps);
      return { started, closed, told, released, woken };
    },
  };
}

type Deps = Parameters<typeof makeSweeper>[0];

/** Only rows that never recorded a run: a run that Temporal no longer knows is lost, not new. A child is its parent's to start. */
const neverStarted = () => ({
  state: 'queued' as const,
  runId: null,
  parentExecutionId: null,
  createdAt: { $lt: ago(GRACE_MS) },
});

const dueForCheck = () => ({
  state: { $in: [...OPEN] },
  updatedAt: { $lt: ago(GRACE_MS) },
  $and: [
    // A turn may have found it before its run was recorded.
    { $or: [{ runId: { $ne: null } }, { state: { $ne: 'queued' as const } }] },
    { $or: [{ nextCheckAt: null }, { nextCheckAt: { $lt: new Date() } }] },
  ],
});

/** Does one row after the other; a row that fails is logged and does not keep the others from their turn. */
async function each(
  { em, log }: Deps,
  where: ReturnType<typeof neverStarted> | ReturnType<typeof dueForCheck>,
  act: (row: Execution) => Promise<boolean>,
): Promise<number> {
  const rows = await em
    .fork()
    .find(Execution, where, { orderBy: { createdAt: 'asc' }, limit: BATCH });
  let acted = 0;
  for (const row of rows) {
    try {
      if (await act(row)) acted += 1;
    } catch (error) {
      log.warn(
        { err: error, executionId: row.id },
        'the sweep could not look after an execution; the next one tries again',
      );
    }
  }
  return acted;
}

/** Answers of which no work has taken notice: whoever was to tell it has died, or Temporal was away. */
async function wakeAnswered({ em, temporal, log }: Deps): Promise<number> {
  const rows = await em
    .fork()
    .execute<Pick<HumanInteraction, 'id' | 'signalWorkflowId' | 'decision'>[]>(
      `select i.id, i.signal_workflow_id as "signalWorkflowId", i.decision
     from conclave.human_interaction i join conclave.execution e on e.id = i.execution_id
     where i.state = 'answered' and i.signalled_at is null and i.decided_at < now() - interval '5 seconds'
       and e.completed_at is null order by i.decided_at limit ?`,
      [BATCH],
    );
  for (const row of rows) await wake(temporal, row, log);
  return rows.length;
}

async function start({ em, temporal, log }: Deps, row: Execution): Promise<boolean> {
  const runId = await startWorkflow(temporal, row);
  crashPoint('s1');
  const changed = await em.fork().nativeUpdate(Execution, { id: row.id, runId: null }, { runId });
  log.info({ executionId: row.id, runId }, 'the sweep started an execution');
  return changed > 0;
}

/** Asks Temporal (`describe`, because lists lag behind) and ends the row of a workflow that has ended or is unknown. */
async function compare(
  { em, temporal, log }: Deps,
  { id, workflowId }: Execution,
): Promise<boolean> {
  const ending = await endingOf(temporal, workflowId);
  if (ending === null) {
    await em
      .fork()
      .nativeUpdate(Execution, { id }, { nextCheckAt: new Date(Date.now() + CHECK_EVERY_MS) });
    return false;
  }
  crashPoint('s1');
  return em.fork().transactional(async (tx) => {
    const row = await lockExecution(tx, id);
    if (!row || isClosed(row.state)) return false;
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
    const { status } = await temporal.workflow.getHandle(workflowId).describe();
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

const ago = (ms: number): Date => new Date(Date.now() - ms);
