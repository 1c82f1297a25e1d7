import { assert, property, array, string, nat } from 'fast-check';
import { expect, test } from 'vitest';
import { LiveQueue } from '../../../infra/events/live-queue.ts';
import { packPayloads } from '../../../infra/events/payloads.ts';
import type { LiveNote } from '../../../workflows/contract/live.ts';

const token = (text: string, index = 0, sequence = 1): LiveNote => ({
  kind: 'token',
  executionId: 'e',
  sequence,
  slot: 'debater_1',
  index,
  text,
});
const texts = (notes: readonly LiveNote[]): string[] =>
  notes.flatMap((note) => (note.kind === 'token' ? [note.text] : []));

test('pieces of one stream that follow each other become one', () => {
  const queue = new LiveQueue();
  queue.add(token('Ship ', 0));
  queue.add(token('it.', 5));

  expect(queue.take()).toEqual([token('Ship it.')]);
  expect(queue.isEmpty).toBe(true);
});

test('pieces of two streams stay apart, also when they come in turns; so do pieces with a gap', () => {
  const queue = new LiveQueue();
  const notes = [token('a', 0, 1), token('b', 0, 2), token('c', 1, 1), token('d', 9, 1)];
  for (const note of [...notes, token('e', 10, 1), token('f', 1, 2)]) queue.add(note);

  expect(queue.take()).toEqual([token('ac', 0, 1), token('bf', 0, 2), token('de', 9, 1)]);
  expect(queue.take()).toEqual([]);
});

test('what is said again after a reset stays behind it', () => {
  const queue = new LiveQueue();
  const reset = { kind: 'reset', executionId: 'e', sequence: 1 } as const;
  const notes = [token('a', 0, 1), token('b', 0, 2), reset, token('c', 1, 1)];
  for (const note of notes) queue.add(note);

  expect(queue.take()).toEqual(notes);
});

test('whatever was streamed in whatever pieces is read again, whole, from payloads that fit', () => {
  assert(
    property(array(string({ unit: 'binary', maxLength: 4_000 })), nat(1_000), (parts, start) => {
      const queue = new LiveQueue();
      let index = start;
      for (const part of parts) {
        queue.add(token(part, index));
        index += part.length;
      }

      const payloads = packPayloads(queue.take());

      for (const payload of payloads) expect(Buffer.byteLength(payload)).toBeLessThanOrEqual(7_900);
      const heard = payloads.flatMap((payload) => JSON.parse(payload) as LiveNote[]);
      expect(texts(heard).join('')).toBe(parts.join(''));
      let next = start;
      for (const note of heard) {
        expect(note).toMatchObject({ index: next });
        next += note.kind === 'token' ? note.text.length : 0;
      }
    }),
    { numRuns: 50 },
  );
});

test('a long text is never cut between the halves of a pair', () => {
  const queue = new LiveQueue();
  queue.add(token('x' + '😀'.repeat(5_000)));

  for (const text of texts(queue.take())) expect(text.isWellFormed()).toBe(true);
});

test('when nobody takes them, the oldest tokens go first and states stay', () => {
  const queue = new LiveQueue();
  const reset: LiveNote = { kind: 'reset', executionId: 'e', sequence: 1 };
  queue.add(reset);
  for (let i = 0; i < 3_000; i += 1) queue.add(token('x'.repeat(1_000), i * 1_001));

  const kept = queue.take();
  expect(kept[0]).toEqual(reset);
  expect(kept.at(-1)).toMatchObject({ index: 2_999 * 1_001 });
  expect(texts(kept).join('').length).toBeLessThanOrEqual(1_000_000);
});

test('there is a bound to states as well', () => {
  const queue = new LiveQueue();
  for (let i = 0; i < 50_000; i += 1) queue.add({ kind: 'reset', executionId: 'e', sequence: i });

  const kept = queue.take();
  expect(kept.length).toBeLessThanOrEqual(10_000);
  expect(kept.at(-1)).toMatchObject({ sequence: 49_999 });
});
