import type { EntityManager } from '@mikro-orm/postgresql';
import type { Actor } from '../../workflows/contract/executions.ts';
import { StateConflict } from '../../workflows/contract/errors.ts';
import type { ExecutionState } from '../../workflows/domain/enums.ts';
import {
  EXECUTION_TRANSITIONS,
  changeState,
  isClosed,
} from '../../workflows/domain/transitions.ts';
import type { Execution } from '../db/entities/execution.ts';

/**
 * Moves an execution to a state and flushes it, with its history row and its event, all in the caller's transaction, in
 * which the row must be locked. Same → same changes nothing and is false. Throws `StateConflict` for what no machine
 * allows. (Taking up a queued execution is one statement of its own: `execution_begin` in `db/functions/states.sql`.)
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
  await em.flush();
  await recordState(em, execution, { from, to, actor, reason });
  return true;
}

/** Writes the history row and the event of a state that a flushed execution has entered; `from` null: it was accepted. */
async function recordState(
  em: EntityManager,
  { id }: Pick<Execution, 'id'>,
  change: {
    readonly from: ExecutionState | null;
    readonly to: ExecutionState;
    readonly actor: Actor;
    readonly reason: string | null;
  },
): Promise<void> {
  const { from, to, actor, reason } = change;
  await em.execute('select conclave.record_state(?, ?, ?, ?, ?)', [id, from, to, actor, reason]);
}
