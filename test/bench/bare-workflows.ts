import {
  condition,
  defineSignal,
  executeChild,
  proxyActivities,
  setHandler,
} from '@temporalio/workflow';
import type { BareRequest, BareShape, BareTurn } from './contestants.ts';
import { inWaves } from './waves.ts';

interface Rows {
  readonly insertRow: (turn: BareTurn) => Promise<string>;
}

const rowsOn = (taskQueue: string): Rows =>
  proxyActivities<Rows>({ taskQueue, startToCloseTimeout: '1 minute' });

/** What the engine is held against: so many activities, one after the other, and nothing else. */
export async function bareTurns({ run, turns, stayOpen, taskQueue }: BareRequest): Promise<void> {
  const { insertRow } = rowsOn(taskQueue);
  for (let sequence = 1; sequence <= turns; sequence++) await insertRow({ run, sequence });
  await condition(() => !stayOpen);
}

/** The same activities as a topology's turns lie. */
export async function bareWaves(shape: BareShape): Promise<void> {
  const { run, taskQueue } = shape;
  const { insertRow } = rowsOn(taskQueue);
  await inWaves(
    shape,
    (sequence) => insertRow({ run, sequence }),
    (own) => executeChild(bareWaves, { args: [{ ...shape, ...own }] }),
  );
}

const goSignal = defineSignal('go');

/** Waits for a signal, and then has one activity done. */
export async function bareGate({ run, taskQueue }: Pick<BareRequest, 'run' | 'taskQueue'>) {
  let isToldToGo = false;
  setHandler(goSignal, () => void (isToldToGo = true));
  await condition(() => isToldToGo);
  await rowsOn(taskQueue).insertRow({ run, sequence: 1 });
}
