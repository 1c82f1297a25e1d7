import type { Client } from 'pg';
import type { Logger } from 'pino';
import type { LiveNote } from '../../workflows/contract/live.ts';
import { Channel } from '../../workflows/contract/names.ts';
import { keepConnected, raised } from './keep-connected.ts';

/** What one watcher of one execution is told. None of it may be relied on: rows are the truth. */
export interface HubListener {
  /** An event of the execution has got this position; `ends`: the execution ended with it. */
  event(position: number, ends: boolean): void;
  live(note: LiveNote): void;
  /** Something may have been missed: read the rows again. */
  reconnected(): void;
}

/** One LISTEN connection for all watchers of a process. */
export interface EventHub {
  /** Returns what ends the subscription. */
  subscribe(executionId: string, listener: HubListener): () => void;
  close(): Promise<void>;
}

/** Starts listening at once, and again with growing pauses when the connection is lost. */
export function makeEventHub(options: { readonly url: string; readonly log: Logger }): EventHub {
  const { log } = options;
  const watchers = new Map<string, Set<HubListener>>();
  const stop = new AbortController();

  const tell = (to: Iterable<HubListener>, say: (listener: HubListener) => void): void => {
    for (const listener of to) {
      try {
        say(listener);
      } catch (error) {
        log.error({ err: error }, 'a listener of live events threw');
      }
    }
  };
  const tellOf = (executionId: string | null, say: (listener: HubListener) => void): void =>
    tell([...(watchers.get(executionId ?? '') ?? [])], say);

  const hear = (channel: string, payload: string): void => {
    if (watchers.size === 0) return;
    try {
      if (channel === Channel.live)
        for (const note of JSON.parse(payload) as readonly LiveNote[])
          tellOf(note.executionId, (listener) => listener.live(note));
      else
        for (const [, executionId, position, ends] of JSON.parse(payload) as readonly EventNotice[])
          tellOf(executionId, (listener) => listener.event(position, ends));
    } catch (error) {
      // Whoever may connect may notify: what is not ours is passed over.
      log.warn({ err: error, channel }, 'a notification was not understood');
    }
  };

  const connected = keepConnected({
    ...options,
    name: 'conclave-event-hub',
    signal: stop.signal,
    use: async (client, lost) => {
      await listen(client, hear);
      tell(
        [...watchers.values()].flatMap((set) => [...set]),
        (listener) => listener.reconnected(),
      );
      await raised(lost);
    },
  });

  return {
    subscribe: (executionId, listener) => subscribe(watchers, executionId, listener),
    close: async () => {
      stop.abort();
      await connected;
    },
  };
}

type EventNotice = readonly [
  ownerId: string | null,
  executionId: string | null,
  position: number,
  ends: boolean,
];

async function listen(
  client: Client,
  hear: (channel: string, payload: string) => void,
): Promise<void> {
  client.on('notification', ({ channel, payload }) => hear(channel, payload ?? ''));
  await client.query(`listen ${Channel.event}`);
  await client.query(`listen ${Channel.live}`);
}

function subscribe(
  watchers: Map<string, Set<HubListener>>,
  executionId: string,
  listener: HubListener,
): () => void {
  const set = watchers.get(executionId) ?? new Set();
  watchers.set(executionId, set.add(listener));
  return () => {
    set.delete(listener);
    if (set.size === 0 && watchers.get(executionId) === set) watchers.delete(executionId);
  };
}
