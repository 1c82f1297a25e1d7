import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from '@temporalio/worker';
import type { Activities } from '../../../activities/index.ts';
import { connectWorkers, temporalClient } from '../../../infra/temporal/connect.ts';
import { ensureNamespace } from '../../../infra/temporal/namespace.ts';
import { TaskQueue } from '../../../workflows/contract/names.ts';
import type { BareRequest, EngineRequest } from '../contestants.ts';
import { type Figure, ratio } from '../figures.ts';
import type { Ground } from '../ground.ts';

const OPEN = 100;
const WARM_UP = 20;
const SETTLE_MS = 1_000;
const NAMESPACE_MS = 20_000;

/**
 * What each open workflow adds to the heap, after one turn. In this process, with the garbage collected: the size of a
 * process says more about the garbage of what it did meanwhile.
 */
export async function measureMemory({ temporalAddress, bundles }: Ground): Promise<Figure[]> {
  const engine = await heapKb(temporalAddress, bundles.engine, 'engineTurns', () => [
    {
      request: { ownerId: randomUUID(), executionId: randomUUID() },
      turns: 1,
      hears: 10,
      stayOpen: true,
    } satisfies EngineRequest,
  ]);
  const bare = await heapKb(temporalAddress, bundles.bare, 'bareTurns', () => [
    {
      run: randomUUID(),
      turns: 1,
      stayOpen: true,
      taskQueue: TaskQueue.inference,
    } satisfies BareRequest,
  ]);
  return [ratio('heap of an open execution', 'KB', [{ engine, bare }], { atMost: 1.3 })];
}

async function heapKb(
  address: string,
  codePath: string,
  workflow: string,
  input: () => [unknown],
): Promise<number> {
  const config = { connection: { address }, namespace: `memory-${workflow}`, uiUrl: null };
  await ensureNamespace(config, AbortSignal.timeout(NAMESPACE_MS));
  const connection = await connectWorkers(config);
  const client = temporalClient(config);
  const { namespace } = config;
  const taken = { count: 0 };
  const activities = makeActivities(taken);
  // `debugMode`: workflows run in this thread, on the heap that is looked at.
  const shared = { connection, namespace, activities, debugMode: true } as const;
  const workflows = { workflowBundle: { codePath }, maxCachedWorkflows: 1_000 };
  const workers = await Promise.all([
    Worker.create({ ...shared, ...workflows, taskQueue: TaskQueue.orchestration }),
    Worker.create({ ...shared, taskQueue: TaskQueue.inference }),
  ]);
  const running = Promise.all(workers.map((worker) => worker.run()));
  const open = async (count: number): Promise<void> => {
    const wanted = taken.count + count;
    for (let i = 0; i < count; i++)
      await client.workflow.start(workflow, {
        taskQueue: TaskQueue.orchestration,
        workflowId: randomUUID(),
        args: input(),
      });
    while (taken.count < wanted) await sleep(50);
    await sleep(SETTLE_MS);
  };
  await open(WARM_UP);
  const before = usedKb();
  await open(OPEN);
  const grown = usedKb() - before;
  for (const worker of workers) worker.shutdown();
  await running;
  await client.connection.close();
  await connection.close();
  return grown / OPEN;
}

function usedKb(): number {
  setFlagsFromString('--expose_gc');
  const collect = runInNewContext('gc') as () => void;
  for (let i = 0; i < 3; i++) collect();
  return process.memoryUsage().heapUsed / 1_024;
}

type Used = Pick<Activities, 'prepareExecution' | 'takeTurn'> & { insertRow(): Promise<string> };

/** Activities without a database: only what comes back to the workflow counts here. */
function makeActivities(taken: { count: number }): Used {
  const seat = { agentExecutionId: randomUUID(), slot: 'a', weight: 1, timeoutMs: 10_000 };
  return {
    insertRow: async () => {
      taken.count += 1;
      return randomUUID();
    },
    prepareExecution: async () => ({
      status: 'ready',
      workflow: 'soloAgent',
      config: {},
      seats: [seat],
      optionCount: 0,
    }),
    takeTurn: async ({ sequence }) => {
      taken.count += 1;
      return {
        status: 'spoken',
        sequence,
        messageId: randomUUID(),
        responseId: randomUUID(),
        position: 0,
        abstained: false,
        confidence: 0.5,
        anotherRound: false,
        groups: null,
        tokens: 10,
        costUsd: '0.000010',
      };
    },
  };
}
