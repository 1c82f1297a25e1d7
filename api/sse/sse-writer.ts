import { once } from 'node:events';
import type { Response } from 'express';

/** What a reader may leave unread, and for how long, before its connection is cut; it resumes where it was. */
export interface Patience {
  /** Of what nobody waits with. */
  readonly bufferBytes: number;
  /** How long a reader that is waited for may take nothing at all. */
  readonly drainMs: number;
}
const PATIENCE: Patience = { bufferBytes: 1_048_576, drainMs: 30_000 };

/** How long a client waits before it connects again. */
const RETRY_MS = 2_000;

/** One stream of server-sent events (WHATWG HTML, 9.2) on an answer of Express. */
export class SseWriter {
  readonly #res: Response;
  readonly #ended: AbortSignal;
  readonly #patience: Patience;
  /** Unread bytes that `send` waits for. */
  #awaited = 0;

  /** `ended`: the reader has gone, or the process ends. */
  constructor(res: Response, ended: AbortSignal, patience: Patience = PATIENCE) {
    this.#res = res;
    this.#ended = ended;
    this.#patience = patience;
    res.status(200).set({
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-cache, no-transform',
      'X-Accel-Buffering': 'no',
    });
    res.flushHeaders();
    res.write(`retry: ${RETRY_MS}\n\n`);
  }

  /**
   * Writes an event, and waits until the reader has taken about as much, however large it is and however slowly that
   * goes; a reader that takes nothing any more is dropped. `id` is where a client that lost the stream resumes.
   */
  async send(event: string, data: unknown, id?: number | null): Promise<void> {
    const place = id == null ? '' : `id: ${id}\n`;
    this.#write(`${place}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    if (this.#res.destroyed || !this.#res.writableNeedDrain) return;
    this.#awaited = this.#res.writableLength;
    // Begins anew whenever some of it is taken; then Node cuts the connection, which ends the wait.
    this.#res.setTimeout(this.#patience.drainMs);
    try {
      await once(this.#res, 'drain', { signal: this.#ended });
    } catch {
      // Gone, or too slow: there is nobody to write for.
      this.#res.destroy();
    }
    this.#res.setTimeout(0);
    this.#awaited = 0;
  }

  /** Writes an event that is worth nothing later. Never waits: a reader that leaves too many of them unread is dropped. */
  tell(event: string, data: unknown): void {
    if (this.#res.writableLength - this.#awaited > this.#patience.bufferBytes) this.#res.destroy();
    this.#write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** Shows proxies and the client that the stream is alive. */
  comment(): void {
    this.#write(': still here\n\n');
  }

  #write(text: string): void {
    if (!this.#res.destroyed) this.#res.write(text);
  }
}
