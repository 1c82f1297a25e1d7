import type { EntityManager } from '@mikro-orm/postgresql';
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { interjectSignal } from '../../workflows/contract/messages.ts';
import { Message } from '../db/entities/message.ts';
import { signalWorkflow } from '../temporal/signal-workflow.ts';
import { inPages, NO_ID, type PageLimits, type SweepDeps } from './in-pages.ts';

/** How long Temporal may take to accept a signal before it is left to the sweep. */
const SIGNAL_LIMIT_MS = 2_000;

/** An execution whose workflow must learn that somebody has spoken. */
export interface SpokenTo {
  readonly executionId: string;
  readonly workflowId: string;
}

/** Tells the workflow that somebody has spoken, and notes that it knows. What fails here is logged: the sweep tells it again. */
export async function tellOfInterjection(
  em: EntityManager,
  client: Client,
  { executionId, workflowId }: SpokenTo,
  log: Logger,
): Promise<boolean> {
  const toldAt = new Date();
  try {
    const to = { workflowId, limitMs: SIGNAL_LIMIT_MS };
    // One that has not begun finds what was said when it does.
    if ((await signalWorkflow(client, to, interjectSignal)) === 'ended') return false;
    await em.nativeUpdate(
      Message,
      { ...untold(executionId), createdAt: { $lte: toldAt } },
      { deliveredAt: toldAt },
    );
    return true;
  } catch (error) {
    log.warn(
      { err: error, executionId },
      'the workflow was not told of an interjection; the sweep will tell it',
    );
    return false;
  }
}

const untold = (executionId: string) =>
  ({
    executionId,
    messageType: 'interjection',
    deliveryStatus: 'pending',
    deliveredAt: null,
  }) as const;

/** Younger ones are being told by the API. */
const UNTOLD = `
  select distinct e.id as "executionId", e.workflow_id as "workflowId"
  from conclave.message m join conclave.execution e on e.id = m.execution_id
  where m.delivery_status = 'pending' and m.message_type = 'interjection' and m.delivered_at is null
    and m.created_at < now() - interval '10 seconds'
    and e.run_id is not null and e.state in ('preparing', 'running', 'paused') and e.id > ?::uuid
  order by e.id limit ?`;
const FIRST = { executionId: NO_ID };

/** Tells every workflow that does not know of what people said to it; returns how many. */
export async function tellWaiting(
  { em, temporal, log }: SweepDeps,
  limits: PageLimits,
): Promise<number> {
  const fork = em.fork();
  const done = await inPages(
    limits,
    ({ executionId }: Pick<SpokenTo, 'executionId'> = FIRST) =>
      fork.execute<SpokenTo[]>(UNTOLD, [executionId, limits.batch]),
    (row: SpokenTo) => tellOfInterjection(fork, temporal, row, log),
  );
  return done.filter((isTold) => isTold).length;
}
