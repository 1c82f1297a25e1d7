import { expect, onTestFinished, vi } from 'vitest';
import { type EventHub, makeEventHub } from '../../../infra/events/hub.ts';
import { makeLiveFeed } from '../../../infra/events/live-feed.ts';
import type { LiveNote } from '../../../workflows/contract/live.ts';
import { silent } from './support.ts';

/** What a watcher has been told. */
interface Watcher {
  readonly positions: number[];
  readonly notes: LiveNote[];
  reconnections: number;
  readonly leave: () => void;
}

/** Watches one execution. */
export function watch(hub: EventHub, executionId: string): Watcher {
  const watcher = {
    positions: [] as number[],
    notes: [] as LiveNote[],
    reconnections: 0,
  };
  const leave = hub.subscribe(executionId, {
    event: (position) => watcher.positions.push(position),
    live: (note) => watcher.notes.push(note),
    reconnected: () => (watcher.reconnections += 1),
  });
  return Object.assign(watcher, { leave });
}

/** A hub that is closed with the test. */
export function startHub(url: string): EventHub {
  const hub = makeEventHub({ url, log: silent });
  onTestFinished(() => hub.close());
  return hub;
}

/** A feed that is closed with the test. */
export function startFeed(url: string): ReturnType<typeof makeLiveFeed> {
  const feed = makeLiveFeed({ url, log: silent });
  onTestFinished(() => feed.close());
  return feed;
}

/** Waits until the watcher's hub has connected so often. */
export const listening = (watcher: Watcher, times = 1): Promise<void> =>
  vi.waitFor(() => expect(watcher.reconnections).toBeGreaterThanOrEqual(times), {
    timeout: 5_000,
    interval: 5,
  });

/** All that the tokens say. */
export const spoken = (notes: readonly LiveNote[]): string =>
  notes.map((note) => (note.kind === 'token' ? note.text : '')).join('');

/** A piece of a stream. */
export const token = (
  executionId: string,
  text: string,
  index: number,
  sequence = 1,
): LiveNote => ({
  kind: 'token',
  executionId,
  sequence,
  slot: 'debater_1',
  index,
  text,
});
