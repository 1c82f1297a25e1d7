import { setTimeout as pause } from 'node:timers/promises';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { EventHub } from '../../infra/events/hub.ts';
import {
  type NumberedEvent,
  readBeginning,
  readEvents,
  readStanding,
} from '../../infra/executions/read-events.ts';
import { readMessages } from '../../infra/executions/read-messages.ts';
import { isClosed } from '../../workflows/domain/transitions.ts';
import { messageView } from '../routers/executions/message-view.ts';
import { LiveGate } from './live-gate.ts';
import type { SseWriter } from './sse-writer.ts';

/** Rows that are held at once for one reader. */
const PAGE = 50;

/** What a stream of one execution is written from. */
export interface StreamSource {
  /** Under the row-level security of whoever watches. */
  readonly em: EntityManager;
  readonly hub: EventHub;
  readonly executionId: string;
  /** The last position that the reader has; null: it begins with all messages so far. */
  readonly after: number | null;
  readonly ended: AbortSignal;
}

/** How often the stream gives a sign of life, and looks at the rows whatever was notified. */
export interface StreamTiming {
  readonly commentMs: number;
  readonly pollMs: number;
}
const TIMING: StreamTiming = { commentMs: 15_000, pollMs: 3_000 };

/** Writes the story of an execution until it is closed, the reader has gone or the process ends. */
export async function streamExecution(
  writer: SseWriter,
  source: StreamSource,
  timing: StreamTiming = TIMING,
): Promise<void> {
  const { hub, executionId, ended } = source;
  const gate = new LiveGate();
  let news = new AbortController();
  const wake = (): void => news.abort();
  const unsubscribe = hub.subscribe(executionId, {
    event: wake,
    reconnected: wake,
    live: (note) => gate.pass(note, writer),
  });
  const heart = setInterval(() => writer.comment(), timing.commentMs);
  try {
    let position = source.after ?? (await sendBeginning(writer, source, gate));
    gate.open();
    while (!ended.aborted) {
      news = new AbortController();
      const next = await sendEvents(writer, source, gate, position);
      if (next === 'closed') return;
      position = next;
      const signal = AbortSignal.any([news.signal, ended]);
      // The pause ends early with news, which is why it was taken.
      await pause(timing.pollMs, undefined, { signal }).catch(() => {});
    }
  } finally {
    clearInterval(heart);
    unsubscribe();
  }
}

/** All messages so far, then the state; returns the position from which events follow. */
async function sendBeginning(
  writer: SseWriter,
  { em, executionId, ended }: StreamSource,
  gate: LiveGate,
): Promise<number> {
  const { position, state, messages } = await readBeginning(em, executionId);
  for (let from = 0; from < messages.length && !ended.aborted; from += PAGE) {
    const page = messages.slice(from, from + PAGE);
    await sendMessages(writer, { em, executionId, gate, page });
  }
  // Its position would say that nothing is missing.
  if (state && !ended.aborted) await sendState(writer, state, position);
  return position;
}

async function sendMessages(
  writer: SseWriter,
  options: {
    readonly em: EntityManager;
    readonly executionId: string;
    readonly gate: LiveGate;
    readonly page: readonly { readonly id: string; readonly position: number | null }[];
  },
): Promise<void> {
  const { em, executionId, gate, page } = options;
  const messages = await readMessages(em, { executionId, ids: page.map(({ id }) => id) });
  const byId = new Map(messages.map((message) => [message.id, message]));
  for (const { id, position } of page) {
    const message = byId.get(id);
    // Superseded in the meantime: what replaces it has an event of its own.
    if (!message) continue;
    gate.finish(message.sequence);
    await writer.send('message', messageView(message), position);
  }
}

/** Everything after `position`; the new position, or `closed` when nothing more can come. */
async function sendEvents(
  writer: SseWriter,
  source: StreamSource,
  gate: LiveGate,
  position: number,
): Promise<number | 'closed'> {
  const { em, executionId, ended } = source;
  let last = position;
  for (;;) {
    // Read before the events: a closed execution without unnumbered ones has none that could follow.
    const standing = await readStanding(em, executionId);
    const events = await readEvents(em, executionId, last, PAGE);
    for (const event of events) {
      if (ended.aborted) return last;
      await sendEvent(writer, source, gate, event);
      last = event.position;
    }
    if (ended.aborted) return last;
    if (events.length === PAGE) continue;
    if (!standing) return 'closed';
    const { state, percentage, message, hasMore } = standing;
    const isOver = isClosed(state) && !hasMore;
    if (events.length > 0 || isOver) await writer.send('progress', { percentage, message });
    if (!isOver) return last;
    await writer.send('end', { state });
    return 'closed';
  }
}

async function sendEvent(
  writer: SseWriter,
  { em, executionId }: StreamSource,
  gate: LiveGate,
  { position, eventType, subjectId, payload }: NumberedEvent,
): Promise<void> {
  const isSaid = eventType.startsWith('turn.') || eventType === 'message.delivered';
  if (isSaid && subjectId !== null)
    await sendMessages(writer, { em, executionId, gate, page: [{ id: subjectId, position }] });
  else if (eventType.startsWith('interaction.'))
    await writer.send(
      'interaction',
      { change: eventType.slice('interaction.'.length), ...payload },
      position,
    );
  else if (eventType.startsWith('execution.') && 'state' in payload)
    await sendState(writer, payload, position);
}

async function sendState(
  writer: SseWriter,
  payload: NumberedEvent['payload'],
  position: number,
): Promise<void> {
  const { state, previous = null, reason = null } = payload;
  await writer.send('state', { state, previous, reason }, position);
}
