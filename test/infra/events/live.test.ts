import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, vi } from 'vitest';
import { type EventHub, makeEventHub } from '../../../infra/events/hub.ts';
import { makeLiveFeed } from '../../../infra/events/live-feed.ts';
import { runRelay } from '../../../infra/events/relay.ts';
import type { LiveNote } from '../../../workflows/contract/live.ts';
import { Channel } from '../../../workflows/contract/names.ts';
import { test } from '../../support/fixtures.ts';
import { connect, cutConnections, insertEvent, silent, someId } from './support.ts';

const FEED = 'conclave-live-feed';
const HUB = 'conclave-event-hub';

interface Watcher {
  readonly positions: number[];
  readonly notes: LiveNote[];
  reconnections: number;
  readonly leave: () => void;
}

/** Watches one execution, and waits until the hub listens. */
async function watch(hub: EventHub, executionId: string): Promise<Watcher> {
  const watcher = {
    positions: [] as number[],
    notes: [] as LiveNote[],
    reconnections: 0,
  };
  const leave = hub.subscribe(executionId, {
    event: (position) => watcher.positions.push(position),
    live: (note) => watcher.notes.push(note),
    reconnected: () => (watcher.reconnections += 1),
  });
  return Object.assign(watcher, { leave });
}

function startHub(url: string): EventHub {
  const hub = makeEventHub({ url, log: silent });
  onTestFinished(() => hub.close());
  return hub;
}

function startFeed(url: string): ReturnType<typeof makeLiveFeed> {
  const feed = makeLiveFeed({ url, log: silent });
  onTestFinished(() => feed.close());
  return feed;
}

const listening = (watcher: Watcher, times = 1): Promise<void> =>
  vi.waitFor(() => expect(watcher.reconnections).toBeGreaterThanOrEqual(times), {
    timeout: 5_000,
    interval: 5,
  });

const spoken = (notes: readonly LiveNote[]): string =>
  notes.map((note) => (note.kind === 'token' ? note.text : '')).join('');

const token = (executionId: string, text: string, index: number, sequence = 1): LiveNote => ({
  kind: 'token',
  executionId,
  sequence,
  slot: 'debater_1',
  index,
  text,
});

describe('the live feed', () => {
  test('brings a stream whole and in order, many words to a piece', async ({ database }) => {
    const watcher = await watch(startHub(database.appUrl), 'streamed');
    const feed = startFeed(database.appUrl);
    await listening(watcher);
    const words = Array.from({ length: 100 }, (_, i) => `word ${i} `);

    let index = 0;
    for (const word of words) {
      feed.send(token('streamed', word, index));
      index += word.length;
      await sleep(2);
    }

    await vi.waitFor(() => expect(spoken(watcher.notes)).toBe(words.join('')));
    expect(watcher.notes.length).toBeLessThan(words.length / 3);
  });

  test('the first words of a turn do not wait for a batch, as later ones do', async ({
    database,
  }) => {
    const watcher = await watch(startHub(database.appUrl), 'first');
    const feed = startFeed(database.appUrl);
    await listening(watcher);
    const sent = async (note: LiveNote): Promise<number> => {
      const began = performance.now();
      feed.send(note);
      await vi.waitFor(() => expect(watcher.notes.at(-1)).toEqual(note), { interval: 1 });
      return performance.now() - began;
    };
    await sent(token('first', 'warm', 0, 0)); // the connection is open when it arrives

    const [first, later]: [number[], number[]] = [[], []];
    for (let turn = 1; turn <= 15; turn += 1) {
      first.push(await sent(token('first', 'Ship', 0, turn)));
      later.push(await sent(token('first', ' it', 4, turn)));
    }

    expect(median(first)).toBeLessThan(median(later) / 2);
  });

  test('states overtake no words, and a long text arrives in pieces', async ({ database }) => {
    const watcher = await watch(startHub(database.appUrl), 'long');
    const feed = startFeed(database.appUrl);
    await listening(watcher);
    const text = 'äöü \u0000 "quoted" 😀 '.repeat(2_000);

    feed.send(token('long', text, 0));
    feed.send({ kind: 'reset', executionId: 'long', sequence: 1 });

    await vi.waitFor(() => expect(watcher.notes.at(-1)?.kind).toBe('reset'));
    expect(spoken(watcher.notes)).toBe(text);
  });

  test('many nudges become few, and one is enough', async ({ database }) => {
    const listener = await connect(database.appUrl, onTestFinished);
    let heard = 0;
    listener.on('notification', () => (heard += 1));
    await listener.query(`listen ${Channel.outbox}`);
    const feed = startFeed(database.appUrl);

    for (let i = 0; i < 1_000; i += 1) feed.nudge();
    await vi.waitFor(() => expect(heard).toBeGreaterThan(0), { interval: 5 });
    await sleep(50);

    expect(heard).toBe(1);
  });

  test('is not disturbed by a lost connection: what comes after it arrives', async ({
    database,
  }) => {
    const admin = await connect(database.adminUrl, onTestFinished);
    const watcher = await watch(startHub(database.appUrl), 'cut');
    const feed = startFeed(database.appUrl);
    await listening(watcher);
    feed.send(token('cut', 'before', 0));
    await vi.waitFor(() => expect(spoken(watcher.notes)).toBe('before'));

    expect(await cutConnections(admin, FEED)).toBe(1);
    await sleep(20);
    feed.send(token('cut', ' after', 6));

    await vi.waitFor(() => expect(spoken(watcher.notes)).toBe('before after'), { timeout: 5_000 });
  });

  test('without a server it neither throws nor waits, and ends at once', async () => {
    const feed = makeLiveFeed({ url: 'postgres://nobody@127.0.0.1:1/none', log: silent });

    const began = performance.now();
    for (let i = 0; i < 20_000; i += 1) feed.send(token('nobody', 'word ', i * 5));
    feed.nudge();
    await feed.close();

    expect(performance.now() - began).toBeLessThan(2_000);
  });

  test('sends what is left before it closes', async ({ database }) => {
    const watcher = await watch(startHub(database.appUrl), 'closing');
    const feed = makeLiveFeed({ url: database.appUrl, log: silent });
    await listening(watcher);
    feed.send(token('closing', 'first', 0));
    await vi.waitFor(() => expect(watcher.notes).toHaveLength(1));

    feed.send(token('closing', ' last', 5));
    await feed.close();

    await vi.waitFor(() => expect(spoken(watcher.notes)).toBe('first last'));
  });
});

describe('the hub', () => {
  test('tells each watcher of its own execution only, until it leaves', async ({ database }) => {
    const hub = startHub(database.appUrl);
    const [ada, bob] = [await watch(hub, 'ada'), await watch(hub, 'bob')];
    const feed = startFeed(database.appUrl);
    await listening(ada);

    feed.send(token('ada', 'for ada', 0));
    feed.send(token('bob', 'for bob', 0));
    await vi.waitFor(() =>
      expect([spoken(ada.notes), spoken(bob.notes)]).toEqual(['for ada', 'for bob']),
    );
    ada.leave();
    feed.send(token('ada', ', gone', 7));
    feed.send(token('bob', ', here', 7));

    await vi.waitFor(() => expect(spoken(bob.notes)).toBe('for bob, here'));
    expect(spoken(ada.notes)).toBe('for ada');
  });

  test('tells the position of each event that the relay has numbered', async ({ database }) => {
    const admin = await connect(database.adminUrl, onTestFinished);
    const execution = someId();
    const watcher = await watch(startHub(database.appUrl), execution);
    const stop = new AbortController();
    const relay = runRelay({ url: database.systemUrl, log: silent, signal: stop.signal });
    await listening(watcher);

    for (let i = 0; i < 200; i += 1) await insertEvent(admin, execution, i);
    await vi.waitFor(() => expect(watcher.positions).toHaveLength(200), { timeout: 5_000 });
    stop.abort();
    await relay;

    const { rows } = await admin.query<{ positions: number[] }>(
      'select array_agg(position::int order by position) as positions from conclave.event where execution_id = $1',
      [execution],
    );
    expect(watcher.positions).toEqual(rows[0]!.positions);
  });

  test('says when it has reconnected, so that rows are read again', async ({ database }) => {
    const admin = await connect(database.adminUrl, onTestFinished);
    const watcher = await watch(startHub(database.appUrl), 'again');
    const feed = startFeed(database.appUrl);
    await listening(watcher);

    expect(await cutConnections(admin, HUB)).toBe(1);
    await listening(watcher, 2);
    feed.send(token('again', 'heard', 0));

    await vi.waitFor(() => expect(spoken(watcher.notes)).toBe('heard'));
  });

  test('passes over what is not ours, and a watcher that throws harms no other', async ({
    database,
  }) => {
    const admin = await connect(database.adminUrl, onTestFinished);
    const hub = startHub(database.appUrl);
    hub.subscribe('shared', { event: fail, live: fail, reconnected: fail });
    const watcher = await watch(hub, 'shared');
    const feed = startFeed(database.appUrl);
    await listening(watcher);

    for (const junk of ['', 'no json', 'null', '[null]', '{"a":1}', '[[]]', '7']) {
      await admin.query('select pg_notify($1, $3), pg_notify($2, $3)', [
        Channel.event,
        Channel.live,
        junk,
      ]);
    }
    feed.send(token('shared', 'still here', 0));

    await vi.waitFor(() => expect(spoken(watcher.notes)).toBe('still here'));
  });
});

const fail = (): never => {
  throw new Error('a watcher broke');
};

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
