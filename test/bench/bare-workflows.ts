import { condition, proxyActivities } from '@temporalio/workflow';
import type { BareRequest, BareTurn } from './contestants.ts';

/** What the engine is held against: so many activities, one after the other, and nothing else. */
export async function bareTurns({ run, turns, stayOpen, taskQueue }: BareRequest): Promise<void> {
  const { insertRow } = proxyActivities<{ insertRow(turn: BareTurn): Promise<string> }>({
    taskQueue,
    startToCloseTimeout: '1 minute',
  });
  for (let sequence = 1; sequence <= turns; sequence++) await insertRow({ run, sequence });
  await condition(() => !stayOpen);
}
