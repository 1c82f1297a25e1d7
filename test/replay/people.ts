import { setTimeout as sleep } from 'node:timers/promises';
import { respondSignal } from '../../workflows/contract/messages.ts';
import type { Performance } from '../workflows/stage.ts';

type Decided = Parameters<Performance['rows']['standings']['set']>[1];

/** Waits until something has come about in a play. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(200);
}

/** Opens as many gates as there are answers, and gives each its own; people are told of nothing but where to look. */
export async function answered(
  play: Performance,
  answers: readonly Decided[],
): Promise<Performance> {
  for (const [gate, answer] of answers.entries()) {
    await until(() => play.rows.opened.length > gate);
    play.rows.standings.set(gate, answer);
    await play.handle.signal(respondSignal, { interactionId: `interaction-${gate}` });
  }
  return play;
}

/** Approves at as many gates, as the API does: the row first, then a signal that says how it was decided. */
export async function approved(play: Performance, gates: number): Promise<Performance> {
  for (let gate = 0; gate < gates; gate++) {
    await until(() => play.rows.opened.length > gate);
    play.rows.standings.set(gate, { state: 'decided', decision: 'approve' });
    const interactionId = `interaction-${gate}`;
    await play.handle.signal(respondSignal, { interactionId, decision: 'approve' });
  }
  return play;
}
