import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { describe, expect, onTestFinished, vi } from 'vitest';
import { numberEvents, RelayFenced, takeEpoch } from '../../../infra/events/number-events.ts';
import { runRelay } from '../../../infra/events/relay.ts';
import { Channel } from '../../../workflows/contract/names.ts';
import { test } from '../../support/fixtures.ts';
import { allEvents, connect, cutConnections, insertEvent, silent, someId } from './support.ts';

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

const unnumbered = async (client: Client): Promise<number> => {
  const { rows } = await client.query<{ n: number }>(
    'select count(*)::int as n from conclave.event where position is null',
  );
  return rows[0]!.n;
};

const allNumbered = (client: Client): Promise<void> =>
  vi.waitFor(async () => expect(await unnumbered(client)).toBe(0), {
    timeout: 10_000,
    interval: 50,
  });

describe('the relay', () => {
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
      // Each writer counts its own commits: a later one never comes before an earlier one.
      expect(isOrderedPerWriter(own.map(({ note }) => note))).toBe(true);
    }
    await vi.waitFor(() =>
      expect(told.flatMap((payload) => positionsOf(payload)).toSorted((a, b) => a - b)).toEqual(
        written.map(({ position }) => position),
      ),
    );
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
      await vi.waitFor(() => expect(told).toHaveLength(1), { interval: 2 });
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

  test('goes on after its connection was cut, again and again, under load', async ({
    database,
  }) => {
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

  test('numbers while a partition cannot be made, and makes it when it can', async ({
    database,
  }) => {
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

    await vi.waitFor(async () => {
      const { rows: found } = await admin.query('select to_regclass($1) as it', [last]);
      expect(found[0].it).not.toBeNull();
    });
  });
});

describe('numbering', () => {
  test('a relay that was overtaken cannot number, and leaves no trace', async ({ database }) => {
    const admin = await connect(database.adminUrl, onTestFinished);
    const old = await connect(database.systemUrl, onTestFinished);
    const young = await connect(database.systemUrl, onTestFinished);
    const oldEpoch = await takeEpoch(old);
    const youngEpoch = await takeEpoch(young);
    await insertEvent(admin, someId());

    await expect(numberEvents(old, oldEpoch, 10)).rejects.toThrow(RelayFenced);
    expect(await unnumbered(admin)).toBe(1);

    expect(await numberEvents(young, youngEpoch, 10)).toHaveLength(1);
    expect(await unnumbered(admin)).toBe(0);
  });

  test('a relay that is killed in the middle of a batch has numbered nothing, and stops nobody', async ({
    database,
  }) => {
    const admin = await connect(database.adminUrl, onTestFinished);
    const [dying, heir, blocker] = [
      await connect(database.systemUrl, onTestFinished),
      await connect(database.systemUrl, onTestFinished),
      await connect(database.adminUrl, onTestFinished),
    ];
    const execution = someId();
    await insertEvent(admin, execution, 1);
    const second = await insertEvent(admin, execution, 2);
    await blocker.query('begin');
    await blocker.query('select from conclave.event where id = $1 for update', [second]);

    const { rows } = await dying.query<{ pid: number }>('select pg_backend_pid() as pid');
    const epoch = await takeEpoch(dying);
    const batch = numberEvents(dying, epoch, 10);
    batch.catch(() => {}); // looked at below
    await vi.waitFor(async () => expect(await isWaiting(admin, rows[0]!.pid)).toBe(true));
    await admin.query('select pg_terminate_backend($1)', [rows[0]!.pid]);
    await expect(batch).rejects.toThrow(/terminat/);
    await blocker.query('commit');

    expect(await unnumbered(admin)).toBe(2);
    const numbered = await numberEvents(heir, await takeEpoch(heir), 10);
    expect(numbered).toHaveLength(2);
    const events = await allEvents(admin);
    expect(events.map(({ position }) => position)).toEqual(events.map((_, index) => index + 1));
    expect(events.slice(-2).map(({ note }) => note)).toEqual([1, 2]);
  });

  test('takes at most as many as it is told, the oldest first', async ({ database }) => {
    const admin = await connect(database.adminUrl, onTestFinished);
    const relay = await connect(database.systemUrl, onTestFinished);
    const epoch = await takeEpoch(relay);
    const execution = someId();
    for (let i = 0; i < 5; i += 1) await insertEvent(admin, execution, i);

    const sizes = [];
    for (let i = 0; i < 4; i += 1) sizes.push((await numberEvents(relay, epoch, 2)).length);

    expect(sizes).toEqual([2, 2, 1, 0]);
    const own = (await allEvents(admin)).filter((event) => event.executionId === execution);
    expect(own.map(({ note, sequence }) => [note, sequence])).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 4],
      [4, 5],
    ]);
  });

  test('an event without an execution has a position and no sequence', async ({ database }) => {
    const admin = await connect(database.adminUrl, onTestFinished);
    const relay = await connect(database.systemUrl, onTestFinished);
    await insertEvent(admin, null);

    const [numbered] = await numberEvents(relay, await takeEpoch(relay), 10);

    expect(numbered).toMatchObject({ ownerId: null, executionId: null });
    expect((await allEvents(admin)).at(-1)).toMatchObject({
      position: numbered!.position,
      sequence: null,
    });
  });
});

/** Each writer commits `rounds` transactions that are open for a random while; notes are writer × 1,000 + its count. */
async function writeOverlapping(
  url: string,
  executions: readonly string[],
  writers: number,
  rounds: number,
): Promise<string[]> {
  const write = async (writer: number): Promise<string[]> => {
    const client = await connect(url, onTestFinished);
    const ids: string[] = [];
    for (let round = 0; round < rounds; round += 1) {
      await client.query('begin');
      ids.push(
        await insertEvent(client, executions[writer % executions.length]!, writer * 1_000 + round),
      );
      await sleep(Math.random() * 8);
      await client.query('commit');
    }
    return ids;
  };
  return (await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)))).flat();
}

function isOrderedPerWriter(notes: readonly number[]): boolean {
  const last = new Map<number, number>();
  return notes.every((note) => {
    const writer = Math.floor(note / 1_000);
    const isLater = note > (last.get(writer) ?? -1);
    last.set(writer, note);
    return isLater;
  });
}

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

async function isWaiting(admin: Client, pid: number): Promise<boolean> {
  const { rows } = await admin.query<{ type: string | null }>(
    'select wait_event_type as type from pg_stat_activity where pid = $1',
    [pid],
  );
  return rows[0]?.type === 'Lock';
}
