import { LockMode } from '@mikro-orm/core';
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import type { ExecutionStore } from '../../activities/ports/stores.ts';
import type { Definition } from '../../workflows/contract/definition.ts';
import type { Interjections } from '../../workflows/contract/executions.ts';
import type { ExecutionInput } from '../../workflows/contract/executions.schema.ts';
import { groupEqual } from '../../workflows/domain/positions.ts';
import { isClosed } from '../../workflows/domain/transitions.ts';
import { closeExecution } from '../executions/close-execution.ts';
import { lockWithAncestors } from '../executions/lock-execution.ts';
import { preparedOf } from '../executions/prepared.ts';
import { routeWork } from '../executions/route-work.ts';
import { crashPoint } from '../faults/crash-point.ts';
import { settleStates } from '../interactions/standstill.ts';
import type { CallFunction } from './call.ts';
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
export const makeExecutionStore = (
  { em: root }: Pick<MikroORM, 'em'>,
  call: CallFunction,
): ExecutionStore => ({
  async prepare({ ownerId, executionId, runId }) {
    const begun = await call<Begun | null>('execution_begin', [ownerId, executionId, runId]);
    if (!begun) return { status: 'closed' };
    if (begun.previousRun !== null && begun.previousRun !== runId) crashPoint('w2');
    const { definition, input, isPaused, interjections } = begun;
    return {
      ...preparedOf({ id: executionId, definition, input }),
      ...(isPaused && { isPaused }),
      ...(interjections && { interjections }),
    };
  },

  close: (execution, ending) => closeExecution({ call, em: root }, execution, ending),

  placeInterjections: ({ ownerId, executionId, ...place }) =>
    asOwner(root, ownerId).transactional(async (em) => {
      const execution = await locked(em, executionId);
      if (!execution || isClosed(execution.state)) return { count: 0, waiting: false };
      return placeWaiting(em, execution, place);
    }),
  routeItems: ({ plan, ...execution }) => routeWork(call, execution, plan),

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
