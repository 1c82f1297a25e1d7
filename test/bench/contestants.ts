import { randomUUID } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { Client as Temporal, WorkflowHandle } from '@temporalio/client';
import type { Pool } from 'pg';
import type { ExecutionRequest, PreparedSeat } from '../../workflows/contract/executions.ts';
import {
  executionWorkflowId,
  TaskQueue,
  WORKFLOW_TASK_TIMEOUT_MS,
} from '../../workflows/contract/names.ts';
import { makeExecution, makeOwner, rehearsingAgent } from '../support/work.ts';
import type { Shape } from './waves.ts';

/** Input of the workflow `engineTurns`. */
export interface EngineRequest {
  readonly request: ExecutionRequest;
  readonly turns: number;
  /** Messages that each turn hears. */
  readonly hears: number;
  /** Stays open after its turns. */
  readonly stayOpen: boolean;
}

/** Input of the workflow `bareTurns`. */
export interface BareRequest {
  readonly run: string;
  readonly turns: number;
  readonly stayOpen: boolean;
  /** Where its activities are done. */
  readonly taskQueue: string;
}

/** Input of the workflow `bareWaves`. */
export interface BareShape extends Shape {
  readonly run: string;
  readonly taskQueue: string;
}

/** Input of the workflow `turnWaves`; `seats`: of a child, who was prepared. */
export interface TurnShape extends Shape {
  readonly request: ExecutionRequest;
  readonly seats?: readonly Pick<PreparedSeat, 'agentExecutionId' | 'slot'>[];
  readonly hearsAll: boolean;
}

/** Input of the activity `insertRow`. */
export interface BareTurn {
  readonly run: string;
  readonly sequence: number;
}

/** One story under way: its workflow, and when its rows were written, in milliseconds. */
export interface Run {
  readonly handle: WorkflowHandle;
  readonly rowTimes: () => Promise<readonly number[]>;
}

/** The engine, and its own turns in a bare workflow. */
export interface EngineContestant extends Contestant {
  /** Starts `turnWaves`; returns the execution's id, when it has ended. */
  takeInWaves(shape: Omit<TurnShape, 'request'>): Promise<string>;
}

/** Somebody who can take so many turns, one after the other. */
export interface Contestant {
  readonly name: string;
  start(turns: number): Promise<Run>;
  /** Processes that do its work, PostgreSQL and Temporal left out. */
  readonly roles: readonly string[];
}

/** As many as a usual debate has. */
const SEATS = 4;
const HEARS = 10;
const TEXT = 'word '.repeat(400);

/** The product: its workers as they are, its rows, its ledger; a model that answers 2 KB in no time. */
export async function engineContestant(at: {
  readonly orm: MikroORM;
  readonly admin: Pool;
  readonly temporal: Temporal;
}): Promise<EngineContestant> {
  const { orm, admin, temporal } = at;
  const ownerId = await makeOwner(orm);
  const rehearsal = { seed: 1, latencyMs: 0, script: [{ text: TEXT, choice: 'yes' }] };
  const seated = (count: number) =>
    Array.from({ length: count }, (_, i) => rehearsingAgent(`a${i}`, { rehearsal }));
  const agents = seated(SEATS);
  return {
    async takeInWaves(shape) {
      const executionId = await makeExecution(orm, ownerId, {
        agents: seated(Math.max(...shape.waves, ...shape.children.flat())),
      });
      const args: [TurnShape] = [{ ...shape, request: { ownerId, executionId } }];
      await temporal.workflow.execute('turnWaves', {
        workflowId: executionWorkflowId(executionId),
        taskQueue: TaskQueue.orchestration,
        workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
        args,
      });
      return executionId;
    },
    name: 'engine',
    roles: ['orchestration', 'inference'],
    async start(turns) {
      const executionId = await makeExecution(orm, ownerId, { agents });
      const args: [EngineRequest] = [
        { request: { ownerId, executionId }, turns, hears: HEARS, stayOpen: false },
      ];
      const handle = await temporal.workflow.start('engineTurns', {
        workflowId: executionWorkflowId(executionId),
        taskQueue: TaskQueue.orchestration,
        workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
        args,
      });
      const rows = `select created_at from conclave.message where execution_id = $1 order by sequence`;
      return { handle, rowTimes: () => timesOf(admin, rows, executionId) };
    },
  };
}

/** A bare workflow; `oneProcess`: activities on the workflows' own queue, so that they begin with the task that asks for them. */
export function bareContestant(at: {
  readonly admin: Pool;
  readonly temporal: Temporal;
  readonly oneProcess: boolean;
}): Contestant {
  const { admin, temporal, oneProcess } = at;
  const name = oneProcess ? 'bare, one process' : 'bare';
  return {
    name,
    roles: oneProcess ? ['bare-both'] : ['bare-orchestration', 'bare-inference'],
    async start(turns) {
      const run = randomUUID();
      const taskQueue = oneProcess ? TaskQueue.orchestration : TaskQueue.inference;
      const args: [BareRequest] = [{ run, turns, stayOpen: false, taskQueue }];
      const handle = await temporal.workflow.start('bareTurns', {
        workflowId: run,
        taskQueue: TaskQueue.orchestration,
        workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
        args,
      });
      const rows = 'select created_at from conclave.bare_turn where run = $1 order by sequence';
      return { handle, rowTimes: () => timesOf(admin, rows, run) };
    },
  };
}

async function timesOf(admin: Pool, query: string, id: string): Promise<number[]> {
  const { rows } = await admin.query<{ created_at: Date }>(query, [id]);
  return rows.map(({ created_at: at }) => at.getTime());
}
