import type { EntityManager } from '@mikro-orm/postgresql';
import type { Actor } from '../../workflows/contract/executions.ts';
import { StateConflict } from '../../workflows/contract/errors.ts';
import type { ExecutionState } from '../../workflows/domain/enums.ts';
import {
  type ClosedState,
  EXECUTION_TRANSITIONS,
  changeState,
} from '../../workflows/domain/transitions.ts';
import { callIn } from '../db/call.ts';
import type { Execution } from '../db/entities/execution.ts';

type OpenState = Exclude<ExecutionState, ClosedState>;

/**
 * Moves an execution that goes on to a state and flushes it, with its history row and its event, all in the caller's transaction, in
 * which the row must be locked. Same → same changes nothing and is false. Throws `StateConflict` for what no machine
 * allows. (Taking up a queued execution and ending an open one are statements of their own: `execution_begin`, `execution_end`.)
 */
export async function moveExecution(
  em: EntityManager,
  execution: Execution,
  change: { readonly to: OpenState; readonly actor: Actor; readonly reason?: string },
): Promise<boolean> {
  const { to, actor, reason = null } = change;
  const from = execution.state;
  const verdict = changeState(EXECUTION_TRANSITIONS, from, to);
  if (verdict === 'unchanged') return false;
  if (verdict === 'illegal')
    throw new StateConflict(`An execution that is ${from} cannot become ${to}.`);

  execution.state = to;
  // How long the sweep may leave it alone depends on its state.
  execution.nextCheckAt = new Date();
  if (to === 'running') execution.startedAt ??= new Date();
  await em.flush();
  await callIn(em)('record_state', [execution.id, from, to, actor, reason]);
  return true;
}
