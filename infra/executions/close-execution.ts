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
import type { Whose } from './told.ts';
import { writtenOutput } from './write-output.ts';

type Failure = Extract<Ending, { state: 'failed' }>;

/** A run of an execution's workflow. */
type Run = Whose & { readonly ownerId: string; readonly runId: string };

/** An ending as it stands in the row. */
type WrittenEnding = Pick<Execution, 'state'> &
  Partial<Pick<Execution, 'output' | 'error' | 'errorDetails'>>;

/**
 * Writes how an execution ended, for a run of its workflow, and returns how it has; null: it is gone, or stays open,
 * because a retry has set that run aside. As a rule that is one statement. Where people are still asked, or children have
 * not begun, these end first, in the same transaction.
 */
export async function closeExecution(
  { call, em: root }: { readonly call: CallFunction; readonly em: EntityManager },
  whose: Run,
  ending: Ending,
): Promise<Closed | null> {
  const closed =
    (await closeAtOnce(call, whose, ending)) ??
    (await asOwner(root, whose.ownerId).transactional(async (em) => {
      const execution = await lockExecution(em, whose.executionId);
      if (!execution || isClosed(execution.state) || execution.retryOfRunId === whose.runId)
        return execution && closedOf(execution);
      // A retry has to know whom to set aside.
      execution.runId ??= whose.runId;
      return closeLocked(em, execution, ending);
    }));
  crashPoint('w3_committed');
  return closed;
}

async function closeAtOnce(call: CallFunction, whose: Run, ending: Ending): Promise<Closed | null> {
  if (ending.state === 'failed') return null; // why, takes some looking
  return end(call, whose, await writtenEnding(call, whose, ending), 'workflow');
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
  const call = callIn(em);
  const whose = { ownerId: null, executionId: execution.id };
  const written =
    ending.state === 'failed'
      ? await writtenFailure(em, whose, ending)
      : await writtenEnding(call, whose, ending);
  return end(call, whose, written, actor, why);
}

async function end(
  call: CallFunction,
  { ownerId, executionId, runId }: Whose & Partial<Pick<Run, 'runId'>>,
  written: WrittenEnding,
  actor: Actor,
  why = written.error ?? null,
): Promise<Closed | null> {
  crashPointOnceSent('w3_written');
  const ended = await call<WrittenEnding | null>('execution_end', [
    ownerId,
    executionId,
    runId ?? null,
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
  call: CallFunction,
  whose: Whose,
  ending: Exclude<Ending, Failure>,
): Promise<WrittenEnding> {
  const { state } = ending;
  if (state === 'cancelled') return { state };
  return { state, output: await writtenOutput(call, whose, ending.outcome, ending.decided) };
}

async function writtenFailure(
  em: EntityManager,
  whose: Whose,
  failure: Failure,
): Promise<WrittenEnding> {
  const { state, code, outcome, decided } = failure;
  const call = callIn(em);
  const refusal = code === 'rejected' ? await refusalOf(em, whose.executionId) : null;
  const message = refusal ?? (await failureMessage(call, whose, failure));
  // What would have been the output is kept.
  const output = outcome && (await writtenOutput(call, whose, outcome, decided));
  return { state, error: code, errorDetails: { message, ...(output && { output }) } };
}
