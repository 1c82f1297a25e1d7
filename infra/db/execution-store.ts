import { LockMode } from '@mikro-orm/core';
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import type { ExecutionStore } from '../../activities/ports.ts';
import type { Definition } from '../../workflows/contract/definition.ts';
import type { Ending } from '../../workflows/contract/executions.ts';
import type { ExecutionInput } from '../../workflows/contract/executions.schema.ts';
import type { Outcome } from '../../workflows/contract/outcomes.ts';
import type { Contribution } from '../../workflows/domain/outputs/contribution.ts';
import { outputOf, sequencesOf } from '../../workflows/domain/outputs/output-of.ts';
import { groupEqual } from '../../workflows/domain/positions.ts';
import { isClosed } from '../../workflows/domain/transitions.ts';
import { childResults } from '../executions/children/known.ts';
import { moveExecution } from '../executions/move-execution.ts';
import { preparedOf } from '../executions/prepared.ts';
import { failureMessage, routeWork } from '../executions/route-work.ts';
import { crashPoint } from '../faults/crash-point.ts';
import { AgentExecution } from './entities/agent-execution.ts';
import { Budget } from './entities/budget.ts';
import { Execution } from './entities/execution.ts';
import { Message } from './entities/message.ts';
import { asOwner } from './session.ts';

/** What `execution_begin` says of an execution that is open. */
interface Begun {
  readonly definition: Definition;
  /** The parts that the workflow is told of; an artifact is there, and empty. */
  readonly input: Pick<ExecutionInput, 'options' | 'items' | 'artifact'>;
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
    return preparedOf({ id: executionId, definition: begun.definition, input: begun.input });
  },

  async close({ ownerId, executionId }, ending) {
    await asOwner(root, ownerId).transactional(async (em) => {
      const execution = await locked(em, executionId);
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
});

/** What the agent said, in its own words: a label may already stand in `choice`. */
function positionOf(message: Message | undefined): string {
  const position = message?.output?.['position'];
  return typeof position === 'string' ? position : '';
}

const locked = (em: EntityManager, id: string): Promise<Execution | null> =>
  em.findOne(Execution, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });

/** Ends an execution whose row is locked: output or error, the seats, calls in flight, the budget, history and event. */
export async function closeExecution(
  em: EntityManager,
  execution: Execution,
  ending: Ending,
  actor: 'workflow' | 'sweep' | `user:${string}` = 'workflow',
): Promise<void> {
  if (ending.state === 'completed')
    execution.output = await outputFor(em, execution, ending.outcome);
  if (ending.state === 'failed') {
    execution.error = ending.code;
    execution.errorDetails = { message: await failureMessage(em, execution, ending) };
  }
  const reason = ending.state === 'failed' ? ending.code : undefined;
  // From `queued` straight to an end, or from `preparing`: the machine knows both, but `completed` only after `running`.
  await moveExecution(em, execution, {
    to: ending.state,
    actor,
    ...(reason !== undefined && { reason }),
  });
  await em.execute('select abandon_flights(?, 10000)', [execution.id]);
  await em.nativeUpdate(
    AgentExecution,
    { executionId: execution.id, completedAt: null },
    { state: ending.state, completedAt: new Date() },
  );
  await em.nativeUpdate(Budget, { scope: 'execution', scopeId: execution.id }, { isClosed: true });
  for (const child of await unstartedChildren(em, execution.id))
    await closeExecution(em, child, { state: 'cancelled' }, actor);
}

/** Children that were opened and never started: nobody else will. Those that are at work end with their workflows. */
const unstartedChildren = (em: EntityManager, id: string): Promise<Execution[]> =>
  em.find(
    Execution,
    { parentExecutionId: id, state: 'queued', runId: null },
    { lockMode: LockMode.PESSIMISTIC_WRITE },
  );

async function outputFor(
  em: EntityManager,
  execution: Execution,
  outcome: Outcome,
): Promise<Record<string, unknown>> {
  const { id, definition, input } = execution;
  const said = await contributions(em, id, [...sequencesOf(outcome)]);
  const children = await childResults(em, execution);
  return outputOf(outcome, { definition, input, said, children });
}

async function contributions(
  em: EntityManager,
  executionId: string,
  sequences: number[],
): Promise<Contribution[]> {
  const [messages, seats] = await Promise.all([
    em.find(
      Message,
      { executionId, sequence: { $in: sequences }, supersededAt: null },
      { orderBy: { sequence: 'asc' } },
    ),
    em.find(AgentExecution, { executionId }),
  ]);
  const seatOf = new Map(seats.map((seat) => [seat.id, seat]));
  return messages.map((message) => {
    const seat = seatOf.get(message.senderId ?? '');
    const { sequence, choice, confidence, weight, reasoning, content, output } = message;
    return {
      sequence: sequence ?? 0,
      slot: seat?.slotName ?? '',
      name: seat?.displayName ?? '',
      choice: choice ?? null,
      confidence: confidence ?? null,
      weight: weight ?? 1,
      reasoning: reasoning ?? null,
      text: content.text,
      output: output ?? null,
    };
  });
}
