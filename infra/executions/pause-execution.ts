import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Client } from '@temporalio/client';
import { EngineError, NotFound, StateConflict } from '../../workflows/contract/errors.ts';
import { pauseSignal, resumeSignal } from '../../workflows/contract/messages.ts';
import { isClosed } from '../../workflows/domain/transitions.ts';
import { Execution } from '../db/entities/execution.ts';
import { signalWorkflow } from '../temporal/signal-workflow.ts';

/** How long the answer waits for the workflow to write the pause, so that what is read next shows it. */
const WRITTEN_MS = 2_000;
const LOOK_MS = 25;

/**
 * Has an execution paused, or resumed, by a person; outside transactions, because its workflow writes the rows. Throws
 * `StateConflict` where there is nothing to pause or to resume.
 */
export async function pauseExecution(
  em: EntityManager,
  client: Client,
  { id, userId, isPaused }: { readonly id: string; readonly userId: string; isPaused: boolean },
): Promise<Execution> {
  const execution = await read(em, id);
  refuseIdle(execution, isPaused);
  const signal = isPaused ? pauseSignal : resumeSignal;
  const told = await signalWorkflow(client, execution, signal, { userId }).catch(
    (error: unknown) => {
      throw new EngineError(
        'temporal_unavailable',
        'Temporal does not answer, so nothing was changed; try again.',
        { cause: error },
      );
    },
  );
  if (told === 'ended')
    throw new StateConflict(
      execution.state === 'queued'
        ? 'The execution is queued and about to be started; try again.'
        : 'Its workflow has ended; the execution is about to be closed.',
    );
  return untilWritten(em, execution, isPaused);
}

function refuseIdle({ state, pausedByPerson }: Execution, isPaused: boolean): void {
  const what = isPaused ? 'pause' : 'resume';
  if (isClosed(state))
    throw new StateConflict(`The execution is ${state}; nothing is left to ${what}.`);
  if (isPaused && pausedByPerson) throw new StateConflict('A person has paused it already.');
  if (isPaused || pausedByPerson) return;
  throw new StateConflict(
    state === 'paused'
      ? 'No person has paused it: it waits for an answer; see its open interactions.'
      : `No person has paused it; it is ${state}.`,
  );
}

async function untilWritten(
  em: EntityManager,
  before: Execution,
  isPaused: boolean,
): Promise<Execution> {
  const until = Date.now() + WRITTEN_MS;
  let execution = before;
  while (execution.pausedByPerson !== isPaused && !isClosed(execution.state)) {
    if (Date.now() > until) return execution;
    await sleep(LOOK_MS);
    execution = await read(em, before.id);
  }
  return execution;
}

async function read(em: EntityManager, id: string): Promise<Execution> {
  const execution = await em.findOne(Execution, { id }, { refresh: true });
  if (!execution) throw new NotFound('execution');
  return execution;
}
