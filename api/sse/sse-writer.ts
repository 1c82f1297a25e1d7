import { once } from 'node:events';
import type { Response } from 'express';

/** What a reader may leave unread, and for how long, before its connection is cut; it resumes where it was. */
export interface Patience {
  readonly bufferBytes: number;
  readonly drainMs: number;
}
const PATIENCE: Patience = { bufferBytes: 1_048_576, drainMs: 30_000 };

/** How long a client waits before it connects again. */
const RETRY_MS = 2_000;

/** One stream of server-sent events (WHATWG HTML, 9.2) on an answer of Express. */
export class SseWriter {
  readonly #res: Response;
  readonly #patience: Patience;

  constructor(res: Response, patience: Patience = PATIENCE) {
    this.#res = res;
    this.#patience = patience;
    res.status(200).set({
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-cache, no-transform',
      'X-Accel-Buffering': 'no',
    });
    res.flushHeaders();
    res.write(`retry: ${RETRY_MS}\n\n`);
  }

  /** Writes an event; `id` is where a client that lost the stream resumes. Never waits: a reader that is too slow is dropped. */
  send(event: string, data: unknown, id?: number | null): void {
    if (this.#res.writableLength > this.#patience.bufferBytes) this.#res.destroy();
    if (this.#res.destroyed) return;
    const place = id == null ? '' : `id: ${id}\n`;
    this.#res.write(`${place}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** Shows proxies and the client that the stream is alive. */
  comment(): void {
    if (!this.#res.destroyed) this.#res.write(': still here\n\n');
  }

  /** Waits until the reader has taken what was written, so that no more than a page is held for it. */
  async drained(ended: AbortSignal): Promise<void> {
    if (!this.#res.writableNeedDrain || this.#res.destroyed) return;
    const signal = AbortSignal.any([ended, AbortSignal.timeout(this.#patience.drainMs)]);
    try {
      await once(this.#res, 'drain', { signal });
    } catch {
      // Gone, or too slow: there is nobody to write for.
      this.#res.destroy();
    }
  }
}
