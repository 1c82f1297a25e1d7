import type { LiveNote } from '../../workflows/contract/live.ts';
import type { SseWriter } from './sse-writer.ts';

/**
 * Lets live notes through to a reader: not before the messages so far were sent, and no tokens of a turn whose message
 * was sent already.
 */
export class LiveGate {
  readonly #finished = new Set<number>();
  #open = false;

  open(): void {
    this.#open = true;
  }

  /** The message of this turn was sent. */
  finish(sequence: number): void {
    this.#finished.add(sequence);
  }

  pass(note: LiveNote, writer: SseWriter): void {
    if (note.kind === 'reset') this.#finished.delete(note.sequence);
    if (!this.#open || this.#finished.has(note.sequence)) return;
    const { kind, executionId: _, ...data } = note;
    writer.tell(kind, data);
  }
}
