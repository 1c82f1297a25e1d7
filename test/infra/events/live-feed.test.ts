import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import { makeLiveFeed } from '../../../infra/events/live-feed.ts';
import type { LiveNote } from '../../../workflows/contract/live.ts';
import { Channel } from '../../../workflows/contract/names.ts';
import { test } from '../../support/fixtures.ts';
import { connect, cutConnections, silent } from './support.ts';
import { listening, spoken, startFeed, startHub, token, watch } from './watchers.ts';

const FEED = 'conclave-live-feed';

test('brings a stream whole and in order, many words to a piece', async ({ database }) => {
  const watcher = watch(startHub(database.appUrl), 'streamed');
  const feed = startFeed(database.appUrl);
  await listening(watcher);
  const words = Array.from({ length: 100 }, (_, i) => `word ${i} `);

  let index = 0;
  for (const word of words) {
    feed.send(token('streamed', word, index));
    index += word.length;
    await sleep(2);
  }

  await expect.poll(() => spoken(watcher.notes)).toBe(words.join(''));
  expect(watcher.notes.length).toBeLessThan(words.length / 3);
});

test('the first words of a turn do not wait for a batch, as later ones do', async ({
  database,
}) => {
  const watcher = watch(startHub(database.appUrl), 'first');
  const feed = startFeed(database.appUrl);
  await listening(watcher);
  const sent = async (note: LiveNote): Promise<number> => {
    const began = performance.now();
    feed.send(note);
    await expect.poll(() => watcher.notes.at(-1), { interval: 1 }).toEqual(note);
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
  const watcher = watch(startHub(database.appUrl), 'long');
  const feed = startFeed(database.appUrl);
  await listening(watcher);
  const text = 'äöü \u0000 "quoted" 😀 '.repeat(2_000);

  feed.send(token('long', text, 0));
  feed.send({ kind: 'reset', executionId: 'long', sequence: 1 });

  await expect.poll(() => watcher.notes.at(-1)?.kind).toBe('reset');
  expect(spoken(watcher.notes)).toBe(text);
});

test('many nudges become few, and one is enough', async ({ database }) => {
  const listener = await connect(database.appUrl, onTestFinished);
  let heard = 0;
  listener.on('notification', () => (heard += 1));
  await listener.query(`listen ${Channel.outbox}`);
  const feed = startFeed(database.appUrl);

  for (let i = 0; i < 1_000; i += 1) feed.nudge();
  await expect.poll(() => heard, { interval: 5 }).toBeGreaterThan(0);
  await sleep(50);

  expect(heard).toBe(1);
});

test('is not disturbed by a lost connection: what comes after it arrives', async ({ database }) => {
  const admin = await connect(database.adminUrl, onTestFinished);
  const watcher = watch(startHub(database.appUrl), 'cut');
  const feed = startFeed(database.appUrl);
  await listening(watcher);
  feed.send(token('cut', 'before', 0));
  await expect.poll(() => spoken(watcher.notes)).toBe('before');

  expect(await cutConnections(admin, FEED)).toBe(1);
  await sleep(20);
  feed.send(token('cut', ' after', 6));

  await expect.poll(() => spoken(watcher.notes)).toBe('before after');
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
  const watcher = watch(startHub(database.appUrl), 'closing');
  const feed = makeLiveFeed({ url: database.appUrl, log: silent });
  await listening(watcher);
  feed.send(token('closing', 'first', 0));
  await expect.poll(() => watcher.notes).toHaveLength(1);

  feed.send(token('closing', ' last', 5));
  await feed.close();

  await expect.poll(() => spoken(watcher.notes)).toBe('first last');
});

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
