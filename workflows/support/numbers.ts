import { setHandler } from '@temporalio/workflow';
import type { ExecutionRequest, Interjections } from '../contract/executions.ts';
import { interjectSignal } from '../contract/messages.ts';
import { placeInterjections } from './records.ts';

/** Gives out the sequence numbers of an execution: to turns as they are planned, and to what people say between them. */
export interface Numbers {
  /** The next that is not a person's already. */
  next(): number;
  /** Takes note of what people said before this run. */
  recall(interjections: Interjections): void;
  /** Gives what people have said meanwhile its place, before the turns that shall hear it are planned. Undefined: nobody has. */
  listen(round: number): Promise<void> | undefined;
}

/** Listens to `interject`. Called before the first await, so that no signal is lost. */
export function openNumbers({ ownerId, executionId, resume }: ExecutionRequest): Numbers {
  let sequence = resume?.nextSequence ?? 1;
  const placed = new Set<number>();
  let isWaiting = false;
  setHandler(interjectSignal, () => {
    isWaiting = true;
  });

  const skipPlaced = (): void => {
    while (placed.has(sequence)) sequence += 1;
  };
  const place = async (round: number): Promise<void> => {
    isWaiting = false;
    skipPlaced();
    const result = await placeInterjections({ ownerId, executionId, round, from: sequence });
    sequence += result.count;
    isWaiting ||= result.waiting;
  };
  return {
    next() {
      skipPlaced();
      return sequence++;
    },
    recall({ placed: before, waiting }) {
      for (const each of before) placed.add(each);
      isWaiting ||= waiting;
    },
    listen: (round) => (isWaiting ? place(round) : undefined),
  };
}
