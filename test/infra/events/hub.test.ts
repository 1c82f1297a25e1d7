import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import { makeEventHub } from '../../../infra/events/hub.ts';
import { runRelay } from '../../../infra/events/relay.ts';
import { Channel } from '../../../workflows/contract/names.ts';
import { test } from '../../support/fixtures.ts';
import { through } from '../../support/postgres-tap.ts';
import { layWire } from '../../support/wire.ts';
import { connect, cutConnections, insertEvent, silent, someId } from './support.ts';
import { listening, spoken, startFeed, startHub, token, watch } from './watchers.ts';

const HUB = 'conclave-event-hub';

test('tells each watcher of its own execution only, until it leaves', async ({ database }) => {
  const hub = startHub(database.appUrl);
  const [ada, bob] = [watch(hub, 'ada'), watch(hub, 'bob')];
  const feed = startFeed(database.appUrl);
  await listening(ada);

  feed.send(token('ada', 'for ada', 0));
  feed.send(token('bob', 'for bob', 0));
  await expect.poll(() => [spoken(ada.notes), spoken(bob.notes)]).toEqual(['for ada', 'for bob']);
  ada.leave();
  feed.send(token('ada', ', gone', 7));
  feed.send(token('bob', ', here', 7));

  await expect.poll(() => spoken(bob.notes)).toBe('for bob, here');
  expect(spoken(ada.notes)).toBe('for ada');
});

test('tells the position of each event that the relay has numbered', async ({ database }) => {
  const admin = await connect(database.adminUrl, onTestFinished);
  const execution = someId();
  const watcher = watch(startHub(database.appUrl), execution);
  const stop = new AbortController();
  const relay = runRelay({ url: database.systemUrl, log: silent, signal: stop.signal });
  await listening(watcher);

  for (let i = 0; i < 200; i += 1) await insertEvent(admin, execution, i);
  await expect.poll(() => watcher.positions).toHaveLength(200);
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
  const watcher = watch(startHub(database.appUrl), 'again');
  const feed = startFeed(database.appUrl);
  await listening(watcher);

  expect(await cutConnections(admin, HUB)).toBe(1);
  await listening(watcher, 2);
  feed.send(token('again', 'heard', 0));

  await expect.poll(() => spoken(watcher.notes)).toBe('heard');
});

test('closes at once, also while it is connecting', async ({ database }) => {
  const { hostname, port } = new URL(database.appUrl);
  const wire = await layWire({ host: hostname, port: Number(port) });
  onTestFinished(() => wire.close());
  wire.delay(50); // so that each step on the way takes its time
  const closed = Array.from({ length: 30 }, async (_, i) => {
    const hub = makeEventHub({ url: through(wire, database.appUrl), log: silent });
    await sleep(i * 50);
    await hub.close();
  });

  await expect(
    Promise.race([Promise.all(closed), sleep(10_000, 'late', { ref: false })]),
  ).resolves.not.toBe('late');
});

test('passes over what is not ours, and a watcher that throws harms no other', async ({
  database,
}) => {
  const admin = await connect(database.adminUrl, onTestFinished);
  const hub = startHub(database.appUrl);
  hub.subscribe('shared', { event: fail, live: fail, reconnected: fail });
  const watcher = watch(hub, 'shared');
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

  await expect.poll(() => spoken(watcher.notes)).toBe('still here');
});

const fail = (): never => {
  throw new Error('a watcher broke');
};
