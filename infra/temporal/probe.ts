import type { Client } from '@temporalio/client';
import { TaskQueue } from '../../workflows/contract/names.ts';

/** A worker's long poll lasts a minute: one that has not been seen for longer is gone. */
const SEEN_WITHIN_S = 90;
/** `TASK_QUEUE_TYPE_WORKFLOW` and `TASK_QUEUE_TYPE_ACTIVITY` of Temporal's API. */
const WORKFLOW_TASKS = 1;
const ACTIVITY_TASKS = 2;

/** What Temporal says of the namespace; throws unless it answers within `limitMs`. */
export const pingTemporal = (client: Client, limitMs: number) =>
  client.withDeadline(Date.now() + limitMs, () =>
    client.workflowService.describeNamespace({ namespace: client.options.namespace }),
  );

/** Those who poll for workflows; throws when nobody does. */
export async function findWorker(client: Client, limitMs: number) {
  const { pollers } = await describe(client, limitMs, TaskQueue.orchestration, WORKFLOW_TASKS);
  const since = Date.now() / 1_000 - SEEN_WITHIN_S;
  if (!pollers?.some(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) > since))
    throw new Error('no worker polls');
  return pollers;
}

/** For how many seconds the oldest turn has waited for a worker; 0 where none waits. */
export async function oldestTurnSeconds(client: Client, limitMs: number): Promise<number> {
  const { stats } = await describe(client, limitMs, TaskQueue.inference, ACTIVITY_TASKS);
  return Number(stats?.approximateBacklogAge?.seconds ?? 0);
}

const describe = (client: Client, limitMs: number, name: string, taskQueueType: number) =>
  client.withDeadline(Date.now() + limitMs, () =>
    client.workflowService.describeTaskQueue({
      namespace: client.options.namespace,
      taskQueue: { name },
      taskQueueType,
      reportStats: true,
    }),
  );
