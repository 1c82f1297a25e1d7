import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { Logger } from 'pino';
import type { LiveFeed } from '../../activities/ports/services.ts';
import { Channel } from '../../workflows/contract/names.ts';
import { keepConnected, raised } from './keep-connected.ts';
import { LiveQueue } from './live-queue.ts';
import { packPayloads } from './payloads.ts';

/** Long enough to gather several tokens of a stream, short enough to read as one. */
const BATCH_MS = 30;
/** Turns that begin or end together are told of together, and wake the relay once. */
const SOON_MS = 3;
const FLUSH_AT_CLOSE_MS = 1_000;

/** All in one statement: one round trip, one commit. */
const NOTIFY = {
  name: 'notify',
  text: 'select pg_notify(channel, payload) from unnest($1::text[], $2::text[]) as n (channel, payload)',
};

/**
 * The process's one sender of live notes and of nudges to the relay, on a connection of its own. What cannot be sent
 * waits in a bounded queue; nothing ever throws or waits. `close` sends what is left, within a second.
 */
export function makeLiveFeed(options: {
  readonly url: string;
  readonly log: Logger;
}): LiveFeed & { close(): Promise<void> } {
  const sender = new LiveSender();
  const stop = new AbortController();
  const connected = keepConnected({
    ...options,
    name: 'conclave-live-feed',
    signal: stop.signal,
    use: (client, lost) => sender.run(client, lost),
  });
  return {
    send: (note) => sender.send(note),
    nudge: () => sender.nudge(),
    close: async () => {
      await sender.drained(FLUSH_AT_CLOSE_MS);
      stop.abort();
      await connected;
    },
  };
}

class LiveSender {
  readonly #queue = new LiveQueue();
  #nudged = false;
  #client: Client | null = null;
  #flying: Promise<void> | null = null;
  #timer: { readonly at: number; readonly handle: NodeJS.Timeout } | null = null;

  send(note: Parameters<LiveFeed['send']>[0]): void {
    this.#queue.add(note);
    // A reader waits for the first words; of the words after them several go at a time.
    if (note.kind !== 'token') this.#flushIn(SOON_MS);
    else this.#flushIn(note.index === 0 ? 0 : BATCH_MS);
  }

  nudge(): void {
    this.#nudged = true;
    this.#flushIn(SOON_MS);
  }

  /** Sends over `client` until it is lost. */
  async run(client: Client, lost: AbortSignal): Promise<void> {
    this.#client = client;
    this.#flushIn(0);
    await raised(lost);
    this.#client = null;
  }

  /** Resolves when all is sent, or after `limitMs`. */
  async drained(limitMs: number): Promise<void> {
    const limit = new AbortController();
    const tooLate = sleep(limitMs, undefined, { signal: limit.signal }).catch(() => {});
    const until = performance.now() + limitMs;
    while (this.#client !== null && this.#hasWork() && performance.now() < until)
      await Promise.race([this.#flush(), tooLate]);
    limit.abort();
  }

  #hasWork(): boolean {
    return this.#nudged || !this.#queue.isEmpty || this.#flying !== null;
  }

  #flushIn(ms: number): void {
    const at = performance.now() + ms;
    if (this.#timer !== null && this.#timer.at <= at) return;
    clearTimeout(this.#timer?.handle);
    this.#timer = { at, handle: setTimeout(() => void this.#flush(), ms) };
  }

  async #flush(): Promise<void> {
    clearTimeout(this.#timer?.handle);
    this.#timer = null;
    if (this.#client === null) return; // the next connection sends it
    this.#flying ??= this.#post(this.#client).finally(() => {
      this.#flying = null;
      if (this.#timer === null && this.#hasWork()) this.#flushIn(0);
    });
    await this.#flying;
  }

  async #post(client: Client): Promise<void> {
    const payloads = packPayloads(this.#queue.take());
    const channels = payloads.map((): string => Channel.live);
    if (this.#nudged) {
      channels.push(Channel.outbox);
      payloads.push('');
    }
    this.#nudged = false;
    if (channels.length === 0) return;
    // A connection that breaks here takes these notes with it: they are hints. It is replaced by `keepConnected`.
    await client.query({ ...NOTIFY, values: [channels, payloads] }).catch(() => {});
  }
}
