import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import { inject } from 'vitest';
import type {
  DebateOutcome,
  Ending,
  ExecutionRequest,
  Prepared,
} from '../../workflows/contract/executions.ts';
import { TaskQueue, executionWorkflowId } from '../../workflows/contract/names.ts';
import type { DebateConfig } from '../../workflows/contract/topologies.schema.ts';
import type { debate, soloAgent } from '../../workflows/index.ts';
import { test as base } from '../support/fixtures.ts';
import { type Line, MemoryExecution, memoryActivities } from './memory-activities.ts';

/** A debate with scripted seats. A seat named `mediator` mediates. */
export interface Play {
  readonly lines: Readonly<Record<string, readonly Line[]>>;
  readonly config?: Partial<DebateConfig>;
  /** 0: free text. */
  readonly optionCount?: number;
  readonly weights?: Readonly<Record<string, number>>;
  readonly request?: Partial<ExecutionRequest>;
  readonly prepared?: Prepared;
}

/** An execution under way, and the rows that its activities write. */
export interface Performance {
  readonly handle: WorkflowHandle<typeof debate>;
  readonly rows: MemoryExecution;
}

export interface Stage {
  debate(play: Play): Promise<Performance>;
  solo(line: Line, request?: Partial<ExecutionRequest>): Promise<Performance>;
  /** Ends the workers at once, whatever they are at, and starts new ones. */
  replaceWorkers(): Promise<void>;
}

/** Opens a stage on a Temporal server: both workers, over activities that keep their rows in memory. */
export async function openStage(
  { client, nativeConnection, namespace }: TestWorkflowEnvironment,
  options: Partial<WorkerOptions> = {},
): Promise<Stage & AsyncDisposable> {
  const executions = new Map<string, MemoryExecution>();
  const activities = memoryActivities(executions);
  const start = () =>
    startWorkers({
      connection: nativeConnection,
      namespace: namespace ?? 'default',
      activities,
      ...options,
    });
  let stop = await start();

  const perform = async (
    workflow: 'debate' | 'soloAgent',
    rows: MemoryExecution,
    request: Partial<ExecutionRequest> = {},
  ): Promise<Performance> => {
    const executionId = randomUUID();
    executions.set(executionId, rows);
    const handle = await client.workflow.start<typeof debate | typeof soloAgent>(workflow, {
      workflowId: executionWorkflowId(executionId),
      taskQueue: TaskQueue.orchestration,
      args: [{ ownerId: randomUUID(), executionId, ...request }],
    });
    return { handle, rows };
  };

  return {
    debate: (play) => perform('debate', rowsOf(play), play.request),
    solo: (line, request) => {
      const seats = [seat('agent', 1)];
      const prepared = { status: 'ready', workflow: 'soloAgent', seats, optionCount: 0 } as const;
      return perform('soloAgent', new MemoryExecution(prepared, { agent: [line] }), request);
    },
    async replaceWorkers() {
      await stop();
      stop = await start();
    },
    [Symbol.asyncDispose]: () => stop(),
  };
}

/** `test` with a stage that belongs to the file. */
export const test = base.extend(
  'stage',
  { scope: 'file' },
  async ({ temporal }, { onCleanup }): Promise<Stage> => {
    const stage = await openStage(temporal);
    onCleanup(() => stage[Symbol.asyncDispose]());
    return stage;
  },
);

/** Waits for the end, and returns the one that was written. */
export async function endingOf({ handle, rows }: Performance): Promise<Ending> {
  await handle.result().catch(() => {});
  const [ending, ...more] = rows.endings;
  if (!ending || more.length > 0) throw new Error(`${rows.endings.length} endings were written`);
  return ending;
}

/** Waits for the end, and returns what a completed debate came to. */
export async function outcomeOf(performance: Performance): Promise<DebateOutcome> {
  const ending = await endingOf(performance);
  if (ending.state !== 'completed' || ending.outcome.kind !== 'debate')
    throw new Error(`not a completed debate: ${JSON.stringify(ending)}`);
  return ending.outcome;
}

function rowsOf({ lines, config, optionCount = 3, weights = {}, prepared }: Play): MemoryExecution {
  const ready: Prepared = {
    status: 'ready',
    workflow: 'debate',
    seats: Object.keys(lines).map((slot) => seat(slot, weights[slot] ?? 1)),
    optionCount,
    mediatorSlot: 'mediator' in lines ? 'mediator' : null,
    config: {
      maxRounds: 3,
      consensusMethod: 'majority',
      convergenceThreshold: 0.6,
      allowEarlyTermination: true,
      mediatorAgentName: null,
      ...config,
    },
  };
  return new MemoryExecution(prepared ?? ready, lines);
}

const seat = (slot: string, weight: number) => ({
  agentExecutionId: randomUUID(),
  slot,
  weight,
  timeoutMs: 10_000,
});

async function startWorkers(
  options: Omit<WorkerOptions, 'taskQueue'>,
): Promise<() => Promise<void>> {
  const workers = await Promise.all(
    Object.values(TaskQueue).map((taskQueue) =>
      Worker.create({
        ...options,
        taskQueue,
        shutdownGraceTime: '10 ms',
        shutdownForceTime: '500 ms',
        stickyQueueScheduleToStartTimeout: '1 second',
        maxHeartbeatThrottleInterval: '100 ms',
        ...(taskQueue === 'orchestration' && {
          workflowBundle: { codePath: inject('workflowBundlePath') },
        }),
      }),
    ),
  );
  // A worker that is ended while an activity hangs says so; here that is meant.
  const running = Promise.allSettled(workers.map((worker) => worker.run()));
  return async () => {
    for (const worker of workers) worker.shutdown();
    await running;
  };
}
