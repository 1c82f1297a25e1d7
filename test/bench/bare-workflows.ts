import {
  condition,
  defineSignal,
  executeChild,
  proxyActivities,
  setHandler,
} from '@temporalio/workflow';
import type { BareRequest, BareShape, BareTurn } from './contestants.ts';

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

/** The same activities as a topology's turns lie: waves one after the other, in child workflows where there are children. */
export async function bareWaves({
  run,
  waves,
  children,
  first,
  taskQueue,
}: BareShape): Promise<void> {
  const { insertRow } = rowsOn(taskQueue);
  let sequence = first;
  if (children > 0) {
    const share = waves.length / children;
    for (let i = 0; i < children; i++) {
      const own = waves.slice(i * share, (i + 1) * share);
      await executeChild(bareWaves, {
        args: [{ run, waves: own, children: 0, first: sequence, taskQueue }],
      });
      sequence += own.reduce((sum, width) => sum + width, 0);
    }
    return;
  }
  for (const width of waves) {
    const own = Array.from({ length: width }, () => sequence++);
    await Promise.all(own.map((each) => insertRow({ run, sequence: each })));
  }
}

const goSignal = defineSignal('go');

/** Waits for a signal, and then has one activity done. */
export async function bareGate({ run, taskQueue }: Pick<BareRequest, 'run' | 'taskQueue'>) {
  let isToldToGo = false;
  setHandler(goSignal, () => void (isToldToGo = true));
  await condition(() => isToldToGo);
  await rowsOn(taskQueue).insertRow({ run, sequence: 1 });
}
