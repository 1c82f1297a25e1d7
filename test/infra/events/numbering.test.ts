import { expect, onTestFinished } from 'vitest';
import { numberEvents, RelayFenced, takeEpoch } from '../../../infra/events/number-events.ts';
import { test } from '../../support/fixtures.ts';
import { allEvents, connect, insertEvent, isWaiting, someId, unnumbered } from './support.ts';

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
  await expect.poll(() => isWaiting(admin, rows[0]!.pid)).toBe(true);
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

test('a relay that takes over waits for the batch that is under way, and goes on after it', async ({
  database,
}) => {
  const admin = await connect(database.adminUrl, onTestFinished);
  const [old, young, blocker] = [
    await connect(database.systemUrl, onTestFinished),
    await connect(database.systemUrl, onTestFinished),
    await connect(database.adminUrl, onTestFinished),
  ];
  const pidOf = async (client: typeof old): Promise<number> =>
    (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]!.pid;
  const [oldPid, youngPid] = [await pidOf(old), await pidOf(young)];
  const event = await insertEvent(admin, someId());
  await blocker.query('begin');
  await blocker.query('select from conclave.event where id = $1 for update', [event]);

  const batch = numberEvents(old, await takeEpoch(old), 10);
  await expect.poll(() => isWaiting(admin, oldPid)).toBe(true);
  const takeOver = takeEpoch(young);
  await expect.poll(() => isWaiting(admin, youngPid)).toBe(true);
  await blocker.query('commit');
  const [first] = await batch;
  await insertEvent(admin, someId());
  const [second] = await numberEvents(young, await takeOver, 10);

  expect(second!.position).toBe(first!.position + 1);
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
