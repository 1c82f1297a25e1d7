import {
  CancellationScope,
  allHandlersFinished,
  condition,
  getExternalWorkflowHandle,
  log,
  setHandler,
} from '@temporalio/workflow';
import type { Closed, ExecutionRequest } from '../contract/executions.ts';
import { type PersonsWish, pauseSignal, resumeSignal } from '../contract/messages.ts';
import { recordPause } from './records.ts';
import type { Standstill } from './search-attributes.ts';

/** A person's pause: nothing new is begun until a person's resume. */
export interface Pauses {
  /** What the row says at the beginning of a run; a signal that came since then counts more. */
  begin(isPaused: boolean): void;
  /** Waits while a person has paused the execution. Undefined: nobody has. */
  over(): Promise<void> | undefined;
  /** The same, and until signals have been dealt with. */
  rest(): Promise<void>;
  /**
   * Starts a child as soon as no pause holds the execution, and awaits what comes of it. Meanwhile pause and resume are
   * handed on to it, those too that came while it was being started.
   */
  readonly accompany: (workflowId: string, start: () => Promise<Child>) => Promise<Closed | null>;
}

/** A child workflow that has been started. */
interface Child {
  result(): Promise<Closed | null>;
}

/** Listens to `pause` and `resume`. Called before the first await, so that no signal is lost. */
export function listenToPauses(request: ExecutionRequest, standstill: Standstill): Pauses {
  const { ownerId, executionId } = request;
  const children = new Set<string>();
  let wish: boolean | undefined;
  let last: PersonsWish | undefined;
  let recorded = Promise.resolve();

  const follow = (isPaused: boolean): void => {
    wish = isPaused;
    standstill.set('a person', isPaused);
  };
  const want = async (isPaused: boolean, by: PersonsWish): Promise<void> => {
    follow(isPaused);
    last = by;
    // One after the other, in the order of the signals.
    recorded = recorded
      .then(() => recordPause({ ownerId, executionId, userId: by.userId, isPaused }))
      .catch((error: unknown) => log.error('a pause could not be recorded', { error }));
    await Promise.all([recorded, handOn(children, isPaused, by)]);
  };
  const listen = (isPaused: boolean) => (by: PersonsWish) =>
    CancellationScope.nonCancellable(() => want(isPaused, by));
  setHandler(pauseSignal, listen(true));
  setHandler(resumeSignal, listen(false));

  const over = () => (wish === true ? condition(() => wish !== true) : undefined);

  return {
    begin(isPaused) {
      if (wish === undefined && isPaused) follow(true);
    },
    over,
    rest: () => condition(() => wish !== true && allHandlersFinished()),
    async accompany(workflowId, start) {
      await over();
      const child = await start();
      children.add(workflowId);
      try {
        // It was not there to be told when the signal came.
        if (wish === true && last) await handOn([workflowId], true, last);
        return await child.result();
      } finally {
        children.delete(workflowId);
      }
    },
  };
}

/** A child that has just ended needs no telling. */
async function handOn(
  children: Iterable<string>,
  isPaused: boolean,
  by: PersonsWish,
): Promise<void> {
  const signal = isPaused ? pauseSignal : resumeSignal;
  await Promise.allSettled(
    [...children].map((workflowId) => getExternalWorkflowHandle(workflowId).signal(signal, by)),
  );
}
