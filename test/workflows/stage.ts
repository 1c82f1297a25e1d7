import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  Client,
  ScheduleHandle,
  WorkflowHandle,
  WorkflowHandleWithFirstExecutionRunId,
} from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import type {
  Ending,
  ExecutionRequest,
  Interjections,
  Prepared,
} from '../../workflows/contract/executions.ts';
import type { GatePlace } from '../../workflows/contract/gates.ts';
import type { DueStart } from '../../workflows/contract/schedules.ts';
import type { DebateOutcome, Outcome } from '../../workflows/contract/outcomes.ts';
import {
  type ExecutionWorkflow,
  TaskQueue,
  executionWorkflowId,
} from '../../workflows/contract/names.ts';
import type { Plan } from '../../workflows/contract/plans.ts';
import type { ChainConfig, DebateConfig } from '../../workflows/contract/topologies.schema.ts';
import type { ItemRoute } from '../../workflows/contract/turns.ts';
import type { debate, startScheduled, sweep } from '../../workflows/index.ts';
import { type CompoundPlay, compoundRows, soloRows } from './compound-rows.ts';
import { type Line, MemoryExecution, memoryActivities } from './memory-activities.ts';
import { seat } from './seat.ts';

/** How any execution can begin. */
export interface Beginning {
  readonly request?: Partial<ExecutionRequest>;
  /** Where people are asked, in this order. */
  readonly gates?: readonly GatePlace[];
  /** The workflow is told at its start what `prepareExecution` says, as the API does. */
  readonly isTold?: true;
}

/** A debate with scripted seats. A seat named `mediator` mediates. */
interface Play extends Beginning {
  readonly lines: Readonly<Record<string, readonly Line[]>>;
  readonly config?: Partial<DebateConfig>;
  /** 0: free text. */
  readonly optionCount?: number;
  readonly weights?: Readonly<Record<string, number>>;
  readonly isPaused?: boolean;
  readonly prepared?: Prepared;
  /** What people said before this run. */
  readonly interjections?: Interjections;
  /** How many database activities fail at first. */
  readonly databaseIsAway?: number;
}

/** A chain with scripted seats. */
export interface ChainPlay extends Beginning {
  readonly lines: Readonly<Record<string, readonly Line[]>>;
  readonly config?: Partial<ChainConfig>;
}

/** A delegation with scripted seats; without `itemCount` the coordinator's first line is a plan. */
export interface DelegationPlay extends Beginning {
  readonly lines: Readonly<Record<string, readonly Line[]>>;
  readonly routes: readonly ItemRoute[];
  readonly itemCount?: number;
  /** As on a release whose workflows had to ask for their routes. */
  readonly tellsNoRoutes?: boolean;
}

/** The scripted seats of any execution, in seat order. */
interface Cast extends Beginning {
  readonly lines: Readonly<Record<string, readonly Line[]>>;
  readonly optionCount?: number;
  readonly hasArtifact?: true;
  readonly weights?: Readonly<Record<string, number>>;
}

/** An execution under way, and the rows that its activities write. */
export interface Performance {
  readonly handle: WorkflowHandleWithFirstExecutionRunId<typeof debate>;
  readonly rows: MemoryExecution;
}

/** A schedule of starts. */
export interface Scheduled {
  readonly scheduleId: string;
  /** The starts that were made for it. */
  readonly due: readonly DueStart[];
  /** Has it start what it would have started in this time. */
  readonly backfill: (from: string, to: string) => Promise<readonly WorkflowHandle[]>;
}

/** Where plays are performed: workers over activities that keep their rows in memory. */
export interface Stage {
  debate(play: Play): Promise<Performance>;
  play(plan: Plan, cast: Cast): Promise<Performance>;
  solo(line: Line, play?: Beginning & Pick<Play, 'interjections'>): Promise<Performance>;
  /** A chain of command with scripted seats; slots by level from the top down, as the config names the levels. */
  chain(play: ChainPlay): Promise<Performance>;
  /** A delegation with scripted seats, and the routes that its items get. */
  delegation(play: DelegationPlay): Promise<Performance>;
  /** A schedule that starts nothing of itself. */
  schedule(cron: string, timezone: string): Promise<Scheduled>;
  /** A sweep, started by nobody's schedule. */
  sweep(): Promise<WorkflowHandle>;
  /** A compound; its children are scripted agents, compounds, or have no valid input. */
  compound(play: CompoundPlay): Promise<Performance>;
  /** Cancels a child of a compound, and not the compound. */
  cancelChild(whole: Performance, name: string): Promise<void>;
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
  const schedules = new Map<string, DueStart[]>();
  const activities = memoryActivities(executions, schedules);
  const connection = nativeConnection;
  const start = () =>
    startWorkers({ connection, namespace: namespace ?? 'default', activities }, workflows);
  let stop = await start();

  const perform = async (
    workflow: ExecutionWorkflow,
    rows: MemoryExecution,
    { isTold, request, gates = [] }: Beginning,
  ): Promise<Performance> => {
    const executionId = randomUUID();
    rows.gates = gates.map((before, index) => ({ index, before }));
    executions.set(executionId, rows);
    const handle = await client.workflow.start<typeof debate>(workflow, {
      workflowId: executionWorkflowId(executionId),
      taskQueue: TaskQueue.orchestration,
      args: [{ ownerId: randomUUID(), executionId, ...request, ...(isTold && told(rows)) }],
    });
    return { handle, rows };
  };

  return {
    debate: (play) => perform('debate', rowsOf(play), play),
    play: (plan, { lines, optionCount = 0, hasArtifact, weights = {}, ...beginning }) => {
      const seats = Object.keys(lines).map((slot) => seat(slot, weights[slot] ?? 1));
      const given = hasArtifact && { hasArtifact };
      const prepared: Prepared = { ...plan, status: 'ready', seats, optionCount, ...given };
      return perform(plan.workflow, new MemoryExecution(prepared, lines), beginning);
    },
    async schedule(cron, timezone) {
      const scheduleId = randomUUID();
      const due: DueStart[] = [];
      schedules.set(scheduleId, due);
      const args: Parameters<typeof startScheduled> = [
        { ownerId: randomUUID(), scheduleId, times: `${cron} ${timezone}` },
      ];
      const schedule = await client.schedule.create({
        scheduleId,
        spec: { cronExpressions: [cron], timezone },
        state: { paused: true },
        action: {
          type: 'startWorkflow',
          workflowType: 'startScheduled',
          taskQueue: TaskQueue.orchestration,
          workflowId: scheduleId,
          args,
        },
      });
      return { scheduleId, due, backfill: (from, to) => backfill(client, schedule, from, to) };
    },
    sweep: () =>
      client.workflow.start<typeof sweep>('sweep', {
        workflowId: `sweep/${randomUUID()}`,
        taskQueue: TaskQueue.orchestration,
        args: [],
      }),
    solo: (line, play = {}) => perform('soloAgent', soloRows(line, play), play),
    chain: (play) => perform('chain', chainRows(play), play),
    delegation: (play) => perform('delegation', delegationRows(play), play),
    compound: (play) => perform('compound', compoundRows(executions, play), play),
    async cancelChild({ rows }, name) {
      const { executionId } = rows.children.get(name)!;
      await client.workflow.getHandle(executionWorkflowId(executionId)).cancel();
    },
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
export const outcomeOf = (performance: Performance): Promise<DebateOutcome> =>
  outcomeAs('debate', performance);

/** Waits for the end, and returns what a completed execution of this kind came to. */
export async function outcomeAs<Kind extends Outcome['kind']>(
  kind: Kind,
  performance: Performance,
): Promise<Extract<Outcome, { kind: Kind }>> {
  const ending = await endingOf(performance);
  if (ending.state !== 'completed' || !isOfKind(ending.outcome, kind))
    throw new Error(`not a completed ${kind}: ${JSON.stringify(ending)}`);
  return ending.outcome;
}

const isOfKind = <Kind extends Outcome['kind']>(
  outcome: Outcome,
  kind: Kind,
): outcome is Extract<Outcome, { kind: Kind }> => outcome.kind === kind;

async function backfill(
  { workflow }: Client,
  schedule: ScheduleHandle,
  from: string,
  to: string,
): Promise<readonly WorkflowHandle[]> {
  await schedule.backfill({ start: new Date(from), end: new Date(to), overlap: 'ALLOW_ALL' });
  const started = async () => (await schedule.describe()).info.recentActions;
  while ((await started()).length === 0) await sleep(50);
  return (await started()).map(({ action }) =>
    workflow.getHandle(action.workflow.workflowId, action.workflow.firstExecutionRunId),
  );
}

function rowsOf(play: Play): MemoryExecution {
  const { lines, config, optionCount = 3, weights = {}, prepared, interjections } = play;
  const { isPaused = false } = play;
  const ready: Prepared = {
    status: 'ready',
    workflow: 'debate',
    seats: Object.keys(lines).map((slot) => seat(slot, weights[slot] ?? 1)),
    optionCount,
    ...(interjections && { interjections }),
    isPaused,
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
  const rows = new MemoryExecution(prepared ?? ready, lines);
  rows.databaseIsAway = play.databaseIsAway ?? 0;
  return rows;
}

function told(rows: MemoryExecution): Pick<ExecutionRequest, 'prepared'> {
  const prepared = rows.asPrepared();
  if (prepared.status === 'closed') throw new Error('nobody is told of a closed execution');
  return { prepared };
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

function delegationRows({
  lines,
  routes,
  itemCount,
  tellsNoRoutes = false,
}: DelegationPlay): MemoryExecution {
  const prepared: Prepared = {
    status: 'ready',
    workflow: 'delegation',
    seats: Object.keys(lines).map((slot) => seat(slot, 1)),
    optionCount: 0,
    ...(itemCount !== undefined && { itemCount, ...(tellsNoRoutes ? {} : { routes }) }),
    fallbackSlot: 'fallback' in lines ? 'fallback' : null,
    config: {
      routingStrategy: 'capability_match',
      loadBalance: true,
      fallbackAgentName: 'fallback' in lines ? 'fallback' : null,
    },
  };
  const rows = new MemoryExecution(prepared, lines);
  rows.routes = routes;
  rows.tellsNoRoutes = tellsNoRoutes;
  return rows;
}

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
