import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Actor, Closed, Ending } from '../../workflows/contract/executions.ts';
import { isClosed } from '../../workflows/domain/transitions.ts';
import { type CallFunction, callIn } from '../db/call.ts';
import { Execution } from '../db/entities/execution.ts';
import { asOwner } from '../db/session.ts';
import { crashPoint, crashPointOnceSent } from '../faults/crash-point.ts';
import { refusalOf, withdrawQuestions } from '../interactions/withdraw.ts';
import { closedOf } from './closed.ts';
import { lockExecution } from './lock-execution.ts';
import { failureMessage } from './route-work.ts';
import { writtenOutput } from './write-output.ts';

/** An ending as it stands in the row. */
type WrittenEnding = Pick<Execution, 'state'> &
  Partial<Pick<Execution, 'output' | 'error' | 'errorDetails'>>;

/**
 * Writes how an execution ended, for its workflow, and returns how it has; null: it is gone. As a rule that is one
 * statement. Where people are still asked, or children have not begun, these end first, in the same transaction.
 */
export async function closeExecution(
  { call, em: root }: { readonly call: CallFunction; readonly em: EntityManager },
  at: { readonly ownerId: string; readonly executionId: string },
  ending: Ending,
): Promise<Closed | null> {
  const closed = ending.state === 'failed' ? null : await closeAtOnce(call, at, ending);
  const written =
    closed ??
    (await asOwner(root, at.ownerId).transactional(async (em) => {
      const execution = await lockExecution(em, at.executionId);
      if (!execution || isClosed(execution.state)) return execution && closedOf(execution);
      return closeLocked(em, execution, ending);
    }));
  crashPoint('w3_committed');
  return written;
}

async function closeAtOnce(
  call: CallFunction,
  at: { readonly ownerId: string; readonly executionId: string },
  ending: Exclude<Ending, { state: 'failed' }>,
): Promise<Closed | null> {
  if (ending.state === 'cancelled') return end(call, at, ending, 'workflow');
  const { state, outcome, decided } = ending;
  const output = await writtenOutput(call, at, outcome, decided);
  return output && end(call, at, { state, output }, 'workflow');
}

/**
 * Ends an execution whose row is locked, and those above it, in the caller's transaction. `why`: for the history, where
 * the failure's code does not say it. The entity is left as it was.
 */
export async function closeLocked(
  em: EntityManager,
  execution: Execution,
  ending: Ending,
  actor: Actor = 'workflow',
  why?: string,
): Promise<Closed | null> {
  await withdrawQuestions(em, execution, actor);
  for (const child of await unbegunChildren(em, execution.id))
    await closeLocked(em, child, unbegunEnding(ending), actor, UNBEGUN);
  const at = { ownerId: null, executionId: execution.id };
  return end(callIn(em), at, await writtenEnding(em, execution, ending), actor, why);
}

async function end(
  call: CallFunction,
  { ownerId, executionId }: { readonly ownerId: string | null; readonly executionId: string },
  written: WrittenEnding,
  actor: Actor,
  why = written.error ?? null,
): Promise<Closed | null> {
  crashPointOnceSent('w3_written');
  const ended = await call<WrittenEnding | null>('execution_end', [
    ownerId,
    executionId,
    JSON.stringify(written),
    actor,
    why,
  ]);
  return ended && closedOf({ id: executionId, ...written, ...ended });
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

async function writtenEnding(
  em: EntityManager,
  execution: Execution,
  ending: Ending,
): Promise<WrittenEnding> {
  const { state } = ending;
  const output = await outputOf(em, execution, ending);
  if (state !== 'failed') return { state, ...(output && { output }) };
  const refusal = ending.code === 'rejected' ? await refusalOf(em, execution.id) : null;
  const message = refusal ?? (await failureMessage(em, execution, ending));
  // What would have been the output is kept.
  return { state, error: ending.code, errorDetails: { message, ...(output && { output }) } };
}

async function outputOf(em: EntityManager, { id }: Execution, ending: Ending) {
  if (ending.state === 'cancelled' || !ending.outcome) return null;
  const at = { ownerId: null, executionId: id };
  return writtenOutput(callIn(em), at, ending.outcome, ending.decided);
}
