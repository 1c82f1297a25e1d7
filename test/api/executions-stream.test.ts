import { get, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, vi } from 'vitest';
import { callIn } from '../../infra/db/call.ts';
import { makeChildStore } from '../../infra/executions/children/child-store.ts';
import type { LiveNote } from '../../workflows/contract/live.ts';
import { makeHttpClient, type StreamedEvent } from '../support/http-client.ts';
import { debateStart, type Engine, startDebate, test } from './executions-fixtures.ts';
import type { Caller } from './support.ts';

const VOTES = [{ slot: 'debater_1', sequence: 1, position: 0, weight: 1, confidence: 1 }];

/** A stream that is read in the background. */
function watch(engine: Engine, caller: Caller, id: string, lastEventId?: string) {
  const seen: StreamedEvent[] = [];
  const client = makeHttpClient(engine.baseUrl, caller.key);
  const read = async (): Promise<void> => {
    for await (const event of client.events(`/v1/executions/${id}/events`, lastEventId))
      seen.push(event);
  };
  const done = read();
  const until = (event: string, n = 1) =>
    vi.waitFor(() => expect(names(seen).filter((name) => name === event)).toHaveLength(n), 8_000);
  return { seen, done, until };
}

const names = (events: readonly StreamedEvent[]): string[] => events.map(({ event }) => event);
const stored = (events: readonly StreamedEvent[]) => events.filter(({ id }) => id !== null);

const token = (executionId: string, sequence: number, text: string): LiveNote => ({
  kind: 'token',
  executionId,
  sequence,
  slot: 'debater_1',
  index: 0,
  text,
});

test('a stream tells turns, tokens, messages, states and the end, in this order', async ({
  engine,
}) => {
  const ada = await engine.caller();
  const id = await startDebate(ada);
  const stream = watch(engine, ada, id);
  const play = engine.play(ada, id);
  await stream.until('state');
  await play.prepare();
  await stream.until('state', 3);

  const turn = { executionId: id, sequence: 1, slot: 'debater_1', round: 1, attempt: 1 } as const;
  await engine.notify([
    { ...turn, kind: 'turn', state: 'calling', model: 'rehearsal/rehearsal-1' },
    token(id, 1, 'I say'),
    { kind: 'reset', executionId: id, sequence: 1 },
    token(id, 1, 'I say yes.'),
  ]);
  await stream.until('token', 2);
  await play.speak({ slot: 'debater_1', sequence: 1 });
  await stream.until('message');
  await engine.notify([token(id, 1, 'too late')]);
  await play.complete(VOTES);
  await stream.done;

  expect(names(stream.seen).filter((name) => name !== 'progress')).toEqual([
    'state', // queued
    'state', // preparing
    'state', // running
    'turn',
    'token',
    'reset',
    'token',
    'message',
    'state', // completed
    'end',
  ]);
  const find = (name: string) => stream.seen.find(({ event }) => event === name);
  expect(find('turn')!.data).toMatchObject({ sequence: 1, state: 'calling', attempt: 1 });
  expect(find('token')).toMatchObject({ id: null, data: { sequence: 1, text: 'I say', index: 0 } });
  expect(find('message')!.data).toMatchObject({ sequence: 1, sender: { slot: 'debater_1' } });
  expect(find('progress')!.data).toHaveProperty('percentage');
  expect(stream.seen.at(-1)).toMatchObject({ event: 'end', data: { state: 'completed' } });
  const positions = stored(stream.seen).map((event) => Number(event.id));
  expect(positions).toEqual(positions.toSorted((a, b) => a - b));
});

test('a stream that begins late has all messages first, then the state, then the end', async ({
  engine,
}) => {
  const ada = await engine.caller();
  const id = await startDebate(ada);
  const play = engine.play(ada, id);
  await play.prepare();
  for (const sequence of [2, 1, 3])
    await play.speak({
      slot: sequence === 2 ? 'debater_2' : 'debater_1',
      sequence,
      round: sequence > 2 ? 2 : 1,
    });
  await play.complete(VOTES);
  const live = watch(engine, ada, id);
  await live.done;

  const late = watch(engine, ada, id);
  await late.done;

  expect(names(late.seen)).toEqual(['message', 'message', 'message', 'state', 'progress', 'end']);
  expect(
    late.seen.filter(({ event }) => event === 'message').map(({ data }) => data['sequence']),
  ).toEqual([2, 1, 3]);
  expect(late.seen[3]!.data).toMatchObject({ state: 'completed' });
});

test('a stream of what was forked begins with its state, and not with the fork', async ({
  engine,
  api,
}) => {
  const ada = await engine.caller();
  const id = await startDebate(ada);
  const play = engine.play(ada, id);
  await play.prepare();
  await play.speak({ slot: 'debater_1', sequence: 1 });
  await ada.post(`/v1/executions/${id}/fork`, { fromMessage: 1 }).expect(202);
  const told = `select position from conclave.event where execution_id = $1 and event_type = 'execution.forked'
    and position is not null`;
  await vi.waitFor(async () => expect(await api.sql(told, [id])).toHaveLength(1), 8_000);

  const stream = watch(engine, ada, id);
  await stream.until('state');
  await play.complete(VOTES);
  await stream.done;

  const states = stream.seen.filter(({ event }) => event === 'state');
  expect(states.map(({ data }) => data['state'])).toEqual(['running', 'completed']);
});

test('a stream and a look at it say the same of how far a compound is', async ({ engine, orm }) => {
  const ada = await engine.caller();
  const { inline: topology, input } = debateStart();
  const children = ['one', 'two', 'three', 'four'].map((name) => ({ name, topology }));
  const inline = { type: 'compound', config: { compositionType: 'sequential', children } };
  const id = await startDebate(ada, { inline, input });
  const whole = engine.play(ada, id);
  await whole.prepare();
  const store = makeChildStore(orm, callIn(orm.em.fork()));
  for (const name of ['one', 'two', 'three']) {
    const child = await store.open({ ownerId: ada.id, executionId: id, name });
    if (child.status === 'unfit') throw new Error(`${name} could not be opened`);
    const play = engine.play(ada, child.executionId);
    await play.prepare();
    if (name !== 'three') await play.complete();
  }

  const stream = watch(engine, ada, id, '0');
  await stream.until('progress');
  const { body: looked } = await ada.get(`/v1/executions/${id}`).expect(200);
  await whole.failExecution('Enough.');
  await stream.done;

  expect(looked).toMatchObject({ progressPercentage: 50 });
  expect(stream.seen.find(({ event }) => event === 'progress')?.data).toEqual({
    percentage: looked.progressPercentage,
    message: looked.statusMessage,
  });
});

test('wherever a stream is cut, it resumes without a gap and without a repeat', async ({
  engine,
}) => {
  const ada = await engine.caller();
  const id = await startDebate(ada);
  const whole = watch(engine, ada, id);
  await whole.until('state');
  const play = engine.play(ada, id);
  await play.prepare();
  for (let sequence = 1; sequence <= 6; sequence += 1)
    await play.speak({ slot: 'debater_1', sequence, round: Math.ceil(sequence / 3) });
  await play.complete(VOTES);
  await whole.done;
  const all = stored(whole.seen);
  expect(all).toHaveLength(1 + 2 + 6 + 1);

  for (const [i, { id: lastSeen }] of all.entries()) {
    const resumed = watch(engine, ada, id, lastSeen!);
    await resumed.done;

    expect(stored(resumed.seen)).toEqual(all.slice(i + 1));
    expect(resumed.seen.at(-1)?.event).toBe('end');
  }
});

test('messages that are spoken while streams begin arrive exactly once', async ({ engine }) => {
  const ada = await engine.caller();
  const id = await startDebate(ada);
  const play = engine.play(ada, id);
  await play.prepare();
  const streams: ReturnType<typeof watch>[] = [];

  for (let sequence = 1; sequence <= 12; sequence += 1) {
    await play.speak({ slot: 'debater_1', sequence, round: sequence });
    streams.push(watch(engine, ada, id));
  }
  await play.complete(VOTES);

  for (const { seen, done } of streams) {
    await done;
    const said = seen
      .filter(({ event }) => event === 'message')
      .map(({ data }) => data['sequence']);
    expect(said).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
  }
});

test('however much was said, a reader that keeps up gets all of it', async ({ engine }) => {
  const ada = await engine.caller();
  const id = await startDebate(ada);
  const play = engine.play(ada, id);
  await play.prepare();
  for (let sequence = 1; sequence <= 50; sequence += 1)
    await play.speak({ slot: 'debater_1', sequence, text: 'x'.repeat(40_000) });
  await play.complete(VOTES);
  await watch(engine, ada, id).done;

  const late = watch(engine, ada, id);
  await late.done;

  expect(names(late.seen).filter((name) => name === 'message')).toHaveLength(50);
  expect(late.seen.at(-1)?.event).toBe('end');
});

test('a place that is none is refused', async ({ engine }) => {
  const ada = await engine.caller();
  const id = await startDebate(ada);

  const res = await ada.get(`/v1/executions/${id}/events`).set('Last-Event-ID', 'yesterday');

  expect(res.body).toMatchObject({ status: 400, errors: [{ path: 'Last-Event-ID' }] });
});

test('a reader that does not read is dropped', async ({ engine }) => {
  const ada = await engine.caller();
  const id = await startDebate(ada);
  const request = get(`${engine.baseUrl}/v1/executions/${id}/events`, {
    headers: { Authorization: `Bearer ${ada.key}` },
  });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.pause();
  const dropped = once(response, 'error');
  await pause(300);

  // More than the kernel's buffers and ours hold together.
  const notes = Array.from({ length: 5 }, () => token(id, 1, 'x'.repeat(1_400)));
  for (let sent = 0; sent < 2_500; sent += 1) await engine.notify(notes);
  response.resume();

  const [error] = (await dropped) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNRESET');
});

test('streams end when the process does, without an end of the execution', async ({ engine }) => {
  const ada = await engine.caller();
  const id = await startDebate(ada);
  const stream = watch(engine, ada, id);
  await stream.until('state');

  engine.shutdown();
  await stream.done;

  expect(names(stream.seen)).not.toContain('end');
});
