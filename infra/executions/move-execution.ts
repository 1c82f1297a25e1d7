import type { EntityManager } from '@mikro-orm/postgresql';
import type { Actor } from '../../workflows/contract/executions.ts';
import { StateConflict } from '../../workflows/contract/errors.ts';
import type { ExecutionState } from '../../workflows/domain/enums.ts';
import {
  EXECUTION_TRANSITIONS,
  changeState,
  isClosed,
} from '../../workflows/domain/transitions.ts';
import { Event } from '../db/entities/event.ts';
import { ExecutionStateHistory } from '../db/entities/execution-state-history.ts';
import type { Execution } from '../db/entities/execution.ts';
import { newId } from '../db/new-id.ts';

/** The event of each state; `running` is `started` the first time and `resumed` after a pause. */
const EVENTS: Readonly<Record<ExecutionState, string>> = {
  queued: 'execution.queued',
  preparing: 'execution.preparing',
  running: 'execution.started',
  paused: 'execution.paused',
  completed: 'execution.completed',
  failed: 'execution.failed',
  cancelled: 'execution.cancelled',
};

/**
 * Moves an execution to a state, with its history row and its event, all in the caller's transaction, in which the row
 * must be locked (or new). Same → same changes nothing and is false. Throws `StateConflict` for what no machine allows.
 */
export async function moveExecution(
  em: EntityManager,
  execution: Execution,
  change: { readonly to: ExecutionState; readonly actor: Actor; readonly reason?: string },
): Promise<boolean> {
  const { to, actor, reason = null } = change;
  const from = execution.state;
  const verdict = changeState(EXECUTION_TRANSITIONS, from, to);
  if (verdict === 'unchanged') return false;
  if (verdict === 'illegal')
    throw new StateConflict(`An execution that is ${from} cannot become ${to}.`);

  execution.state = to;
  if (to === 'running') execution.startedAt ??= new Date();
  if (isClosed(to)) execution.completedAt = new Date();
  const ordinal = await em.count(ExecutionStateHistory, {
    executionId: execution.id,
    agentExecutionId: null,
  });
  recordState(em, execution, { from, to, actor, reason, ordinal });
  return true;
}

/** Writes the history row and the event of a state that an execution has entered; `from` null: it was accepted. */
export function recordState(
  em: EntityManager,
  execution: Execution,
  change: {
    readonly from: ExecutionState | null;
    readonly to: ExecutionState;
    readonly actor: Actor;
    readonly reason: string | null;
    readonly ordinal: number;
  },
): void {
  const { from, to, actor, reason, ordinal } = change;
  const { id: executionId, ownerId, projectId, correlationId } = execution;
  const now = new Date();
  em.create(ExecutionStateHistory, {
    id: newId(),
    ownerId,
    executionId,
    ordinal,
    previousState: from,
    newState: to,
    reason,
    actor,
    enteredAt: now,
  });
  em.create(Event, {
    id: newId(),
    ownerId,
    eventType: from === 'paused' && to === 'running' ? 'execution.resumed' : EVENTS[to],
    severity: to === 'failed' ? 'error' : 'info',
    occurredAt: now,
    source: actor.startsWith('user:') ? 'api' : actor,
    actor,
    projectId,
    executionId,
    correlationId,
    subjectType: 'execution',
    subjectId: executionId,
    payload: { executionId, kind: execution.kind, state: to, previous: from, reason },
  });
}
