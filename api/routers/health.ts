import type { Client } from '@temporalio/client';
import { z } from 'zod';
import { TaskQueue } from '../../workflows/contract/names.ts';
import type { ApiDeps } from '../deps.ts';
import { ok } from '../http/answers.ts';
import { type Route, route } from '../http/route.ts';

const PATIENCE_MS = 3_000;
/** A worker's long poll lasts a minute: one that has not been seen for longer is gone. */
const SEEN_WITHIN_MS = 90_000;
/** `TASK_QUEUE_TYPE_WORKFLOW` of Temporal's API. */
const WORKFLOW_TASKS = 1;

const Readiness = z
  .strictObject({
    status: z.enum(['ready', 'not_ready']),
    notAnswering: z
      .array(z.enum(['postgresql', 'temporal', 'orchestration']))
      .meta({ description: 'What does not answer.' }),
  })
  .meta({ id: 'Readiness' });
type Part = z.infer<typeof Readiness>['notAnswering'][number];

/** `/healthz`: the process is up. `/readyz`: so is all that it needs. */
export function healthRoutes({ orm, temporal }: ApiDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/healthz',
      access: null,
      tag: 'service',
      summary: 'The process is up',
      answers: { 200: z.strictObject({ status: z.literal('up') }) },
      handle: async () => ok({ status: 'up' }),
    }),
    route({
      method: 'get',
      path: '/readyz',
      access: null,
      tag: 'service',
      summary: 'PostgreSQL, Temporal and an orchestration worker answer',
      answers: { 200: Readiness, 503: Readiness },
      handle: async () => {
        const failed = await Promise.all([
          unless('postgresql', orm.em.fork().execute('select 1')),
          unless('temporal', pingTemporal(temporal)),
          unless('orchestration', findWorker(temporal)),
        ]);
        const notAnswering = failed.filter((part) => part !== null);
        return notAnswering.length === 0
          ? ok({ status: 'ready', notAnswering })
          : ok({ status: 'not_ready', notAnswering }, { status: 503 });
      },
    }),
  ];
}

async function unless(part: Part, answer: Promise<unknown>): Promise<Part | null> {
  const late = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error(`${part} is late`)), PATIENCE_MS).unref();
  });
  return Promise.race([answer, late]).then(
    () => null,
    () => part,
  );
}

const pingTemporal = (client: Client) =>
  client.withDeadline(Date.now() + PATIENCE_MS, () =>
    client.workflowService.describeNamespace({ namespace: client.options.namespace }),
  );

async function findWorker(client: Client): Promise<void> {
  const { pollers } = await client.withDeadline(Date.now() + PATIENCE_MS, () =>
    client.workflowService.describeTaskQueue({
      namespace: client.options.namespace,
      taskQueue: { name: TaskQueue.orchestration },
      taskQueueType: WORKFLOW_TASKS,
    }),
  );
  const since = Date.now() / 1_000 - SEEN_WITHIN_MS / 1_000;
  if (!pollers?.some(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) > since))
    throw new Error('no worker polls');
}
