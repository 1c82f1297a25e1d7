import { LockMode } from '@mikro-orm/core';
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import type { ExecutionStore } from '../../activities/ports/stores.ts';
import type { Definition } from '../../workflows/contract/definition.ts';
import type { Ending, Interjections } from '../../workflows/contract/executions.ts';
import type { ExecutionInput } from '../../workflows/contract/executions.schema.ts';
import { groupEqual } from '../../workflows/domain/positions.ts';
import { isClosed } from '../../workflows/domain/transitions.ts';
import { closedOf } from '../executions/closed.ts';
import { lockExecution, lockWithAncestors } from '../executions/lock-execution.ts';
import { moveExecution } from '../executions/move-execution.ts';
import { preparedOf } from '../executions/prepared.ts';
import { failureMessage, routeWork } from '../executions/route-work.ts';
import { writtenOutput } from '../executions/write-output.ts';
import { crashPoint } from '../faults/crash-point.ts';
import { settleStates } from '../interactions/standstill.ts';
import { refusalOf, withdrawQuestions } from '../interactions/withdraw.ts';
import { Execution } from './entities/execution.ts';
import { Message } from './entities/message.ts';
import { placeWaiting } from './interjections.ts';
import { asOwner } from './session.ts';

/** What `execution_begin` says of an execution that is open. */
interface Begun {
  readonly definition: Definition;
  /** The parts that the workflow is told of; an artifact is there, and empty. */
  readonly input: Pick<ExecutionInput, 'options' | 'items' | 'artifact'>;
  readonly isPaused: boolean;
  readonly interjections?: Interjections;
  /** The run of Temporal's that had it before. */
  readonly previousRun: string | null;
}

/** The rows of executions over PostgreSQL, under the owner's row-level security. */
export const makeExecutionStore = ({ em: root }: Pick<MikroORM, 'em'>): ExecutionStore => ({
  async prepare({ ownerId, executionId, runId }) {
    const [{ begun }] = await root
      .fork()
      .execute<[{ begun: Begun | null }]>('select conclave.execution_begin(?, ?, ?) as begun', [
        ownerId,
        executionId,
        runId,
      ]);
    if (!begun) return { status: 'closed' };
    if (begun.previousRun !== null && begun.previousRun !== runId) crashPoint('w2');
    const { definition, input, isPaused, interjections } = begun;
    return {
      ...preparedOf({ id: executionId, definition, input }),
      ...(isPaused && { isPaused }),
      ...(interjections && { interjections }),
    };
  },

  async close({ ownerId, executionId }, ending) {
    const closed = await asOwner(root, ownerId).transactional(async (em) => {
      const execution = await lockExecution(em, executionId);
      if (!execution || isClosed(execution.state)) return execution && closedOf(execution);
      await closeExecution(em, execution, ending);
      crashPoint('w3_written');
      return closedOf(execution);
    });
    crashPoint('w3_committed');
    return closed;
  },

  placeInterjections: ({ ownerId, executionId, ...place }) =>
    asOwner(root, ownerId).transactional(async (em) => {
      const execution = await locked(em, executionId);
      if (!execution || isClosed(execution.state)) return { count: 0, waiting: false };
      return placeWaiting(em, execution, place);
    }),
  routeItems: ({ ownerId, executionId, plan }) =>
    asOwner(root, ownerId).transactional((em) => routeWork(em, executionId, plan)),

  groupPositions: ({ ownerId, executionId, sequences }) =>
    asOwner(root, ownerId).transactional(async (em) => {
      const messages = await em.find(Message, {
        executionId,
        sequence: { $in: [...sequences] },
        supersededAt: null,
      });
      const bySequence = new Map(messages.map((message) => [message.sequence, message]));
      const words = sequences.map((sequence) => positionOf(bySequence.get(sequence)));
      const groups = groupEqual(words);
      sequences.forEach((sequence, i) => {
        const message = bySequence.get(sequence);
        if (message) message.choice = words[groups.indexOf(groups[i]!)]!;
      });
      return groups;
    }),

  pause: ({ ownerId, executionId, userId, isPaused }) =>
    asOwner(root, ownerId).transactional(async (em) => {
      const line = await lockWithAncestors(em, executionId);
      const execution = line.at(-1);
      if (!execution || isClosed(execution.state)) return;
      execution.pausedByPerson = isPaused;
      if (execution.state !== 'queued') await settleStates(em, line, `user:${userId}`);
    }),
});

/** What the agent said, in its own words: a label may already stand in `choice`. */
function positionOf(message: Message | undefined): string {
  const position = message?.output?.['position'];
  return typeof position === 'string' ? position : '';
}

const locked = (em: EntityManager, id: string): Promise<Execution | null> =>
  em.findOne(Execution, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });

/**
 * Ends an execution whose row is locked: output or error, the seats, calls in flight, the budget, history and event; and
 * the children in it that have not begun. `why`: for the history, where the failure's code does not say it.
 */
export async function closeExecution(
  em: EntityManager,
  execution: Execution,
  ending: Ending,
  actor: 'workflow' | 'sweep' | `user:${string}` = 'workflow',
  why?: string,
): Promise<void> {
  if (ending.state === 'completed') {
    execution.output = await writtenOutput(em, execution, ending.outcome, ending.decided);
    // A pause that came when nothing was left to hold.
    if (execution.state === 'paused') {
      await moveExecution(em, execution, { to: 'running', actor });
      await em.flush();
    }
  }
  if (ending.state === 'failed') {
    execution.error = ending.code;
    execution.errorDetails = await detailsOf(em, execution, ending);
  }
  execution.pausedByPerson = false;
  const reason = why ?? (ending.state === 'failed' ? ending.code : undefined);
  // From `queued` straight to an end, or from `preparing`: the machine knows both, but `completed` only after `running`.
  await moveExecution(em, execution, {
    to: ending.state,
    actor,
    ...(reason !== undefined && { reason }),
  });
  await withdrawQuestions(em, execution, actor);
  await em.execute('select conclave.wind_up(?, ?)', [execution.id, ending.state]);
  for (const child of await unbegunChildren(em, execution.id))
    await closeExecution(em, child, unbegunEnding(ending), actor, UNBEGUN);
}

/** Children that were opened, or prepared by a fork, and never started: nobody else will. Those that are at work end with their workflows. */
const unbegunChildren = (em: EntityManager, id: string): Promise<Execution[]> =>
  em.find(
    Execution,
    { parentExecutionId: id, state: 'queued', runId: null },
    { lockMode: LockMode.PESSIMISTIC_WRITE },
  );

const UNBEGUN = 'what contains it ended before it began';

/** With a parent that failed it fails too, so that a retry opens it again; what completed or was cancelled has no use for it. */
const unbegunEnding = ({ state }: Ending): Ending =>
  state === 'failed'
    ? {
        state,
        code: 'cancelled',
        message: 'What contains it failed before it began; a retry of the whole goes on with it.',
      }
    : { state: 'cancelled' };

/** What a failure says of itself; what would have been the output is kept. */
async function detailsOf(
  em: EntityManager,
  execution: Execution,
  ending: Extract<Ending, { state: 'failed' }>,
): Promise<Record<string, unknown>> {
  const { code, outcome, decided } = ending;
  const refusal = code === 'rejected' ? await refusalOf(em, execution.id) : null;
  return {
    message: refusal ?? (await failureMessage(em, execution, ending)),
    ...(outcome && { output: await writtenOutput(em, execution, outcome, decided) }),
  };
}
