import { LockMode } from '@mikro-orm/core';
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import type { ExecutionStore } from '../../activities/ports.ts';
import type { Ending, Prepared } from '../../workflows/contract/executions.ts';
import { groupEqual } from '../../workflows/domain/positions.ts';
import { isClosed } from '../../workflows/domain/transitions.ts';
import { lockExecution, lockWithAncestors } from '../executions/lock-execution.ts';
import { moveExecution } from '../executions/move-execution.ts';
import { failureMessage, routeWork } from '../executions/route-work.ts';
import { seatRows } from '../executions/seat-rows.ts';
import { writtenOutput } from '../executions/write-output.ts';
import { crashPoint } from '../faults/crash-point.ts';
import { settleStates } from '../interactions/standstill.ts';
import { refusalOf, withdrawQuestions } from '../interactions/withdraw.ts';
import { AgentExecution } from './entities/agent-execution.ts';
import { Budget } from './entities/budget.ts';
import { Execution } from './entities/execution.ts';
import { Message } from './entities/message.ts';
import { asOwner } from './session.ts';

/** The rows of executions over PostgreSQL, under the owner's row-level security. */
export const makeExecutionStore = ({ em: root }: Pick<MikroORM, 'em'>): ExecutionStore => ({
  prepare: ({ ownerId, executionId, runId }) =>
    asOwner(root, ownerId).transactional(async (em) => {
      const execution = await locked(em, executionId);
      if (!execution || isClosed(execution.state)) return { status: 'closed' };
      if (execution.runId != null && execution.runId !== runId) crashPoint('w2');
      execution.runId = runId;
      if (execution.state === 'queued') {
        await moveExecution(em, execution, { to: 'preparing', actor: 'workflow' });
        await openSeats(em, execution);
      }
      if (execution.state === 'preparing') {
        await em.flush(); // the history counts its rows
        await moveExecution(em, execution, { to: 'running', actor: 'workflow' });
        await settleStates(em, [execution], 'workflow');
      }
      return prepared(em, execution);
    }),

  async close({ ownerId, executionId }, ending) {
    await asOwner(root, ownerId).transactional(async (em) => {
      const execution = await lockExecution(em, executionId);
      if (!execution || isClosed(execution.state)) return;
      await closeExecution(em, execution, ending);
      crashPoint('w3_written');
    });
    crashPoint('w3_committed');
  },

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

/** Writes the seats; those of an execution that goes on after a failure are opened again. */
async function openSeats(em: EntityManager, execution: Execution): Promise<void> {
  const { id: executionId } = execution;
  if ((await em.count(AgentExecution, { executionId })) === 0) {
    for (const row of seatRows(execution)) em.create(AgentExecution, row);
    return;
  }
  for (const state of ['preparing', 'running'] as const)
    await em.nativeUpdate(AgentExecution, { executionId }, { state });
}

/** What the agent said, in its own words: a label may already stand in `choice`. */
function positionOf(message: Message | undefined): string {
  const position = message?.output?.['position'];
  return typeof position === 'string' ? position : '';
}

const locked = (em: EntityManager, id: string): Promise<Execution | null> =>
  em.findOne(Execution, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });

async function prepared(
  em: EntityManager,
  { id, input, definition, pausedByPerson }: Execution,
): Promise<Prepared> {
  const rows = await em.find(
    AgentExecution,
    { executionId: id },
    { orderBy: { position: 'asc', slotName: 'asc' } },
  );
  const { seats: _seats, notices: _notices, gates = [], ...plan } = definition;
  return {
    ...plan,
    status: 'ready',
    optionCount: input.options?.length ?? 0,
    ...(gates.length > 0 && { gates: gates.map(({ before }, index) => ({ index, before })) }),
    ...(pausedByPerson && { isPaused: true }),
    ...(input.items && { itemCount: input.items.length }),
    ...(input.artifact !== undefined && { hasArtifact: true }),
    seats: rows.map((row) => ({
      agentExecutionId: row.id,
      slot: row.slotName,
      weight: row.weight,
      timeoutMs: row.resolvedConfig.timeoutSeconds * 1_000,
    })),
  };
}

/** Ends an execution whose row is locked: output or error, the seats, calls in flight, the budget, history and event. */
export async function closeExecution(
  em: EntityManager,
  execution: Execution,
  ending: Ending,
  actor: 'workflow' | 'sweep' | `user:${string}` = 'workflow',
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
  const reason = ending.state === 'failed' ? ending.code : undefined;
  // From `queued` straight to an end, or from `preparing`: the machine knows both, but `completed` only after `running`.
  await moveExecution(em, execution, {
    to: ending.state,
    actor,
    ...(reason !== undefined && { reason }),
  });
  await withdrawQuestions(em, execution, actor);
  await em.execute('select abandon_flights(?, 10000)', [execution.id]);
  await em.nativeUpdate(
    AgentExecution,
    { executionId: execution.id, completedAt: null },
    { state: ending.state, completedAt: new Date() },
  );
  await em.nativeUpdate(Budget, { scope: 'execution', scopeId: execution.id }, { isClosed: true });
}

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
