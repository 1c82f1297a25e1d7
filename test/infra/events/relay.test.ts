import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { expect, onTestFinished, vi } from 'vitest';
import { runRelay } from '../../../infra/events/relay.ts';
import { Channel } from '../../../workflows/contract/names.ts';
import { test } from '../../support/fixtures.ts';
import { isOrderedPerWriter, writeOverlapping } from './overlapping-writers.ts';
import {
  allEvents,
  connect,
  cutConnections,
  insertEvent,
  silent,
  someId,
  unnumbered,
} from './support.ts';

const RELAY = 'conclave-relay';

/** Starts a relay that ends with the test. */
function startRelay(url: string): { stop(): Promise<void> } {
  const stop = new AbortController();
  const ended = runRelay({ url, log: silent, signal: stop.signal });
  const end = (): Promise<void> => {
    stop.abort();
    return ended;
  };
  onTestFinished(end);
  return { stop: end };
}

const allNumbered = (client: Client): Promise<void> =>
  vi.waitFor(async () => expect(await unnumbered(client)).toBe(0), {
    timeout: 10_000,
    interval: 50,
  });

test('numbers the events of overlapping transactions without a gap, each execution in commit order', async ({
  database,
}) => {
  const admin = await connect(database.adminUrl, onTestFinished);
  const before = (await allEvents(admin)).length;
  const executions = Array.from({ length: 4 }, someId);
  startRelay(database.systemUrl);
  const told = await listenTo(database.adminUrl, Channel.event);

  const inserted = await writeOverlapping(database.adminUrl, executions, 16, 40);
  await allNumbered(admin);

  const events = await allEvents(admin);
  expect(events.map(({ position }) => position)).toEqual(events.map((_, index) => index + 1));
  const written = events.slice(before);
  expect(written.map(({ id }) => id).toSorted()).toEqual(inserted.toSorted());
  for (const execution of executions) {
    const own = written.filter(({ executionId }) => executionId === execution);
    expect(own.map(({ sequence }) => sequence)).toEqual(own.map((_, index) => index + 1));
    expect(isOrderedPerWriter(own.map(({ note }) => note))).toBe(true);
  }
  await expect
    .poll(() => told.flatMap((payload) => positionsOf(payload)).toSorted((a, b) => a - b))
    .toEqual(written.map(({ position }) => position));
});

test('an event that a committed event caused comes after it', async ({ database }) => {
  const admin = await connect(database.adminUrl, onTestFinished);
  const late = await connect(database.adminUrl, onTestFinished);
  const execution = someId();
  startRelay(database.systemUrl);
  await late.query('begin');
  const early = await insertEvent(late, execution, 1); // has the lower ordinal, commits last

  const cause = await insertEvent(admin, execution, 2);
  const effect = await insertEvent(admin, execution, 3);
  await allNumbered(admin);
  await late.query('commit');
  await allNumbered(admin);

  const own = (await allEvents(admin)).filter((event) => event.executionId === execution);
  expect(own.map(({ id }) => id)).toEqual([cause, effect, early]);
  expect(own.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
});

test('a nudge is answered well before the next poll', async ({ database }) => {
  const admin = await connect(database.adminUrl, onTestFinished);
  startRelay(database.systemUrl);
  await insertEvent(admin, someId());
  await allNumbered(admin);
  const waits: number[] = [];

  for (let i = 0; i < 10; i += 1) {
    const told = await listenTo(database.adminUrl, Channel.event);
    await insertEvent(admin, someId());
    const began = performance.now();
    await admin.query(`notify ${Channel.outbox}`);
    await expect.poll(() => told, { interval: 2 }).toHaveLength(1);
    waits.push(performance.now() - began);
  }

  expect(waits.toSorted((a, b) => a - b)[5]).toBeLessThan(100);
});

test('a second relay stands by and takes over when the first has gone', async ({ database }) => {
  const admin = await connect(database.adminUrl, onTestFinished);
  const first = startRelay(database.systemUrl);
  await insertEvent(admin, someId());
  await allNumbered(admin);
  const epoch = await epochOf(admin);

  startRelay(database.systemUrl);
  await sleep(700);
  expect(await epochOf(admin)).toBe(epoch);
  await first.stop();
  await insertEvent(admin, someId());

  await allNumbered(admin);
  expect(await epochOf(admin)).toBe(epoch + 1);
});

test('goes on after its connection was cut, again and again, under load', async ({ database }) => {
  const admin = await connect(database.adminUrl, onTestFinished);
  const execution = someId();
  const before = (await allEvents(admin)).length;
  startRelay(database.systemUrl);
  let cut = 0;

  for (let i = 0; i < 300; i += 1) {
    await insertEvent(admin, execution, i);
    if (i % 50 === 25) cut += await cutConnections(admin, RELAY);
  }
  await allNumbered(admin);

  const events = await allEvents(admin);
  expect(cut).toBeGreaterThan(0);
  expect(events.map(({ position }) => position)).toEqual(events.map((_, index) => index + 1));
  expect(events.slice(before).map(({ note }) => note)).toEqual(
    Array.from({ length: 300 }, (_, i) => i),
  );
});

test('numbers while a partition cannot be made, and makes it when it can', async ({ database }) => {
  const admin = await connect(database.adminUrl, onTestFinished);
  const slow = await connect(database.adminUrl, onTestFinished);
  const { rows } = await admin.query<{ name: string }>(
    `select max(inhrelid::regclass::text) as name from pg_inherits
     where inhparent = 'conclave.event'::regclass and inhrelid <> 'conclave.event_default'::regclass`,
  );
  const last = rows[0]!.name;
  await admin.query(`drop table ${last}`);
  await slow.query('begin');
  await insertEvent(slow, someId());

  const relay = startRelay(database.systemUrl);
  await insertEvent(admin, someId());
  await allNumbered(admin);
  await relay.stop();
  await slow.query('commit');
  startRelay(database.systemUrl);

  await expect
    .poll(async () => (await admin.query('select to_regclass($1) as it', [last])).rows[0].it)
    .not.toBeNull();
});

async function listenTo(url: string, channel: string): Promise<string[]> {
  const heard: string[] = [];
  const client = await connect(url, onTestFinished);
  client.on('notification', ({ payload }) => heard.push(payload ?? ''));
  await client.query(`listen ${channel}`);
  return heard;
}

const positionsOf = (payload: string): number[] =>
  (JSON.parse(payload) as [string | null, string | null, number][]).map(
    ([, , position]) => position,
  );

async function epochOf(client: Client): Promise<number> {
  const { rows } = await client.query<{ epoch: number }>(
    'select epoch::int from conclave.event_counter',
  );
  return rows[0]!.epoch;
}
