import { randomUUID } from 'node:crypto';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import type { Ending, ExecutionRequest, Prepared } from '../../workflows/contract/executions.ts';
import type { DebateOutcome } from '../../workflows/contract/outcomes.ts';
import type { AggregationMethod, CompositionType } from '../../workflows/domain/enums.ts';
import {
  type ExecutionWorkflow,
  TaskQueue,
  executionWorkflowId,
} from '../../workflows/contract/names.ts';
import type {
  ChainConfig,
  DebateConfig,
  PipelineConfig,
} from '../../workflows/contract/topologies.schema.ts';
import type { ItemRoute } from '../../workflows/contract/turns.ts';
import type { debate } from '../../workflows/index.ts';
import { type Line, MemoryExecution, memoryActivities } from './memory-activities.ts';

/** A debate with scripted seats. A seat named `mediator` mediates. */
interface Play {
  readonly lines: Readonly<Record<string, readonly Line[]>>;
  readonly config?: Partial<DebateConfig>;
  /** 0: free text. */
  readonly optionCount?: number;
  readonly weights?: Readonly<Record<string, number>>;
  readonly request?: Partial<ExecutionRequest>;
  readonly prepared?: Prepared;
}

/** A chain with scripted seats. */
export interface ChainPlay {
  readonly lines: Readonly<Record<string, readonly Line[]>>;
  readonly config?: Partial<ChainConfig>;
  readonly request?: Partial<ExecutionRequest>;
}

/** A delegation with scripted seats; without `itemCount` the coordinator's first line is a plan. */
export interface DelegationPlay {
  readonly lines: Readonly<Record<string, readonly Line[]>>;
  readonly routes: readonly ItemRoute[];
  readonly itemCount?: number;
  readonly request?: Partial<ExecutionRequest>;
}

/** A pipeline with scripted stages; `config.stages` are those that have lines, in their order. */
interface PipelinePlay {
  readonly lines: Readonly<Record<string, readonly Line[]>>;
  readonly config?: Partial<PipelineConfig>;
  readonly request?: Partial<ExecutionRequest>;
}

/** A compound. `steps`: how many children come before the branches; `branch`: the one that is chosen. */
export interface CompoundPlay {
  readonly compositionType: CompositionType;
  readonly children: Readonly<Record<string, Line | CompoundPlay | 'unfit'>>;
  readonly aggregationMethod?: AggregationMethod;
  /** Children whose output is a number. */
  readonly numbers?: readonly string[];
  readonly steps?: number;
  readonly branch?: string;
  /** What the synthesizer says, where there is one. */
  readonly synthesizer?: Line;
  readonly request?: Partial<ExecutionRequest>;
}

/** An execution under way, and the rows that its activities write. */
export interface Performance {
  readonly handle: WorkflowHandleWithFirstExecutionRunId<typeof debate>;
  readonly rows: MemoryExecution;
}

/** Where plays are performed: workers over activities that keep their rows in memory. */
export interface Stage {
  debate(play: Play): Promise<Performance>;
  solo(line: Line, request?: Partial<ExecutionRequest>): Promise<Performance>;
  /** A chain of command with scripted seats; slots by level from the top down, as the config names the levels. */
  chain(play: ChainPlay): Promise<Performance>;
  /** A delegation with scripted seats, and the routes that its items get. */
  delegation(play: DelegationPlay): Promise<Performance>;
  /** A pipeline; each stage has the lines of its name. */
  pipeline(play: PipelinePlay): Promise<Performance>;
  /** A compound; its children are scripted agents, compounds, or have no valid input. */
  compound(play: CompoundPlay): Promise<Performance>;
  /** Ends the workers at once, whatever they are at, and starts new ones. */
  replaceWorkers(): Promise<void>;
  close(): Promise<void>;
}

/** The workflows' code, a bundle or a path to be bundled, and how many of them the worker remembers. */
type Workflows = Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath' | 'maxCachedWorkflows'>;

/** Opens a stage on a Temporal server. */
export async function openStage(
  { client, nativeConnection, namespace }: TestWorkflowEnvironment,
  workflows: Workflows,
): Promise<Stage> {
  const executions = new Map<string, MemoryExecution>();
  const activities = memoryActivities(executions);
  const connection = nativeConnection;
  const start = () =>
    startWorkers({ connection, namespace: namespace ?? 'default', activities }, workflows);
  let stop = await start();

  const perform = async (
    workflow: ExecutionWorkflow,
    rows: MemoryExecution,
    request: Partial<ExecutionRequest> = {},
  ): Promise<Performance> => {
    const executionId = randomUUID();
    executions.set(executionId, rows);
    const handle = await client.workflow.start<typeof debate>(workflow, {
      workflowId: executionWorkflowId(executionId),
      taskQueue: TaskQueue.orchestration,
      args: [{ ownerId: randomUUID(), executionId, ...request }],
    });
    return { handle, rows };
  };

  return {
    debate: (play) => perform('debate', rowsOf(play), play.request),
    solo: (line, request) => perform('soloAgent', soloRows(line), request),
    chain: (play) => perform('chain', chainRows(play), play.request),
    delegation: (play) => perform('delegation', delegationRows(play), play.request),
    pipeline: ({ lines, config, request }) => {
      const stages = Object.keys(lines);
      const prepared: Prepared = {
        status: 'ready',
        workflow: 'pipeline',
        config: {
          stages,
          checkpointAfter: [],
          retryFailedStages: true,
          maxStageRetries: 2,
          ...config,
        },
        seats: stages.map((slot) => seat(slot, 1)),
        optionCount: 0,
      };
      return perform('pipeline', new MemoryExecution(prepared, lines), request);
    },
    compound: (play) => perform('compound', compoundRows(executions, play), play.request),
    async replaceWorkers() {
      await stop();
      stop = await start();
    },
    close: () => stop(),
  };
}

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

function chainRows({ lines, config }: ChainPlay): MemoryExecution {
  const prepared: Prepared = {
    status: 'ready',
    workflow: 'chain',
    seats: Object.keys(lines).map((slot) => seat(slot, 1)),
    optionCount: 0,
    config: {
      authorityLevels: ['commander', 'lieutenant', 'worker'],
      escalationThreshold: 0.5,
      maxDelegationDepth: 3,
      ...config,
    },
  };
  return new MemoryExecution(prepared, lines);
}

function delegationRows({ lines, routes, itemCount }: DelegationPlay): MemoryExecution {
  const prepared: Prepared = {
    status: 'ready',
    workflow: 'delegation',
    seats: Object.keys(lines).map((slot) => seat(slot, 1)),
    optionCount: 0,
    ...(itemCount !== undefined && { itemCount }),
    fallbackSlot: 'fallback' in lines ? 'fallback' : null,
    config: {
      routingStrategy: 'capability_match',
      loadBalance: true,
      fallbackAgentName: 'fallback' in lines ? 'fallback' : null,
    },
  };
  const rows = new MemoryExecution(prepared, lines);
  rows.routes = routes;
  return rows;
}

function soloRows(line: Line): MemoryExecution {
  const prepared: Prepared = {
    status: 'ready',
    workflow: 'soloAgent',
    config: {},
    seats: [seat('agent', 1)],
    optionCount: 0,
  };
  return new MemoryExecution(prepared, { agent: [line] });
}

function compoundRows(
  executions: Map<string, MemoryExecution>,
  { compositionType, children, aggregationMethod = 'concat', numbers = [], ...play }: CompoundPlay,
): MemoryExecution {
  const { steps = 0, branch = null, synthesizer } = play;
  const prepared: Prepared = {
    status: 'ready',
    workflow: 'compound',
    config: { compositionType, aggregationMethod },
    parts: Object.keys(children),
    stepCount: steps,
    defaultPart: null,
    synthesizerSlot: synthesizer === undefined ? null : 'synthesizer',
    seats: synthesizer === undefined ? [] : [seat('synthesizer', 1)],
    optionCount: 0,
  };
  const lines = synthesizer === undefined ? {} : { synthesizer: [synthesizer] };
  const whole = new MemoryExecution(prepared, lines);
  whole.branch = branch;
  for (const [name, child] of Object.entries(children)) {
    if (child === 'unfit') continue;
    const isCompound = typeof child === 'object' && 'compositionType' in child;
    const rows = isCompound ? compoundRows(executions, child) : soloRows(child);
    const executionId = randomUUID();
    executions.set(executionId, rows);
    const workflow = isCompound ? 'compound' : 'soloAgent';
    whole.children.set(name, { executionId, workflow, rows, hasNumber: numbers.includes(name) });
  }
  return whole;
}

const seat = (slot: string, weight: number) => ({
  agentExecutionId: randomUUID(),
  slot,
  weight,
  timeoutMs: 10_000,
});

async function startWorkers(
  options: Omit<WorkerOptions, 'taskQueue'>,
  workflows: Workflows,
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
        ...(taskQueue === TaskQueue.orchestration && workflows),
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
