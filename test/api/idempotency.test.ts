import { expect } from 'vitest';
import { test } from './support.ts';

const CHANGING = ['x-request-id', 'date', 'idempotent-replayed'];
const steady = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !CHANGING.includes(name)));

test('a repeat gets the first answer, byte for byte, and does nothing', async ({ api }) => {
  const ada = await api.caller();
  const ask = () => ada.post('/v1/projects', { name: 'once' }).set('Idempotency-Key', 'a key');

  const bad = await ask();
  const first = await ada.post('/v1/projects', { name: 'once' }).set('Idempotency-Key', 'k-1');
  const again = await ada.post('/v1/projects', { name: 'once' }).set('Idempotency-Key', 'k-1');

  expect(bad.status).toBe(400);
  expect(first.status).toBe(201);
  expect(first.headers).not.toHaveProperty('idempotent-replayed');
  expect(again.status).toBe(201);
  expect(again.text).toBe(first.text);
  expect(steady(again.headers)).toEqual(steady(first.headers));
  expect(again.headers['idempotent-replayed']).toBe('true');
  const rows = await api.sql('select 1 from conclave.project where owner_id = $1 and name = $2', [
    ada.id,
    'once',
  ]);
  expect(rows).toHaveLength(1);
});

test('the same key with another body, path or query is a conflict', async ({ api }) => {
  const ada = await api.caller();
  await ada.post('/v1/projects', { name: 'one' }).set('Idempotency-Key', 'k').expect(201);

  const body = await ada.post('/v1/projects', { name: 'two' }).set('Idempotency-Key', 'k');
  const path = await ada.post('/v1/capabilities', { name: 'one' }).set('Idempotency-Key', 'k');

  expect([body.status, body.body.code]).toEqual([409, 'conflict']);
  expect([path.status, path.body.code]).toEqual([409, 'conflict']);
});

test('a key belongs to its owner', async ({ api }) => {
  const [ada, bob] = [await api.caller(), await api.caller()];

  const mine = await ada.post('/v1/projects', { name: 'x' }).set('Idempotency-Key', 'same');
  const theirs = await bob.post('/v1/projects', { name: 'x' }).set('Idempotency-Key', 'same');

  expect([mine.status, theirs.status]).toEqual([201, 201]);
  expect(theirs.body.id).not.toBe(mine.body.id);
});

test('of many at once one does the work, and all get its answer', async ({ api }) => {
  const ada = await api.caller();

  const answers = await Promise.all(
    Array.from({ length: 6 }, () =>
      ada.post('/v1/agents', { name: 'twin' }).set('Idempotency-Key', 'at-once'),
    ),
  );

  expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(201));
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  const replayed = answers.filter(({ headers }) => headers['idempotent-replayed'] === 'true');
  expect(replayed).toHaveLength(5);
  const rows = await api.sql('select 1 from conclave.agent where owner_id = $1', [ada.id]);
  expect(rows).toHaveLength(1);
});

test('whoever waits too long for the first is told to come back', async ({ api }) => {
  const ada = await api.caller();
  const holder = api.deps.orm.em.fork();
  holder.setSessionContext({ variables: { 'app.user_id': ada.id, 'app.role': '' } });
  await holder.begin();
  await holder.execute(
    `insert into conclave.idempotency_record (owner_id, key, route, body_hash, expires_at)
     values (?, 'held', 'POST /v1/projects', sha256(''), now() + interval '1 day')`,
    [ada.id],
  );

  const waiting = await ada.post('/v1/projects', { name: 'later' }).set('Idempotency-Key', 'held');
  await holder.rollback();
  const after = await ada.post('/v1/projects', { name: 'later' }).set('Idempotency-Key', 'held');

  expect([waiting.status, waiting.body.code]).toEqual([409, 'conflict']);
  expect(Number(waiting.headers['retry-after'])).toBeGreaterThan(0);
  // What held the key ended without an answer, as when its process dies: the next one does the work.
  expect(after.status).toBe(201);
  expect(after.headers).not.toHaveProperty('idempotent-replayed');
});

test('a refused request leaves its key free', async ({ api }) => {
  const ada = await api.caller();
  await ada.post('/v1/projects', { name: 'taken' }).expect(201);

  const refused = await ada.post('/v1/projects', { name: 'taken' }).set('Idempotency-Key', 'free');
  const done = await ada.post('/v1/projects', { name: 'free' }).set('Idempotency-Key', 'free');

  expect([refused.status, done.status]).toEqual([409, 201]);
});

test('after 24 hours a key is new', async ({ api }) => {
  const ada = await api.caller();
  await ada.post('/v1/projects', { name: 'old' }).set('Idempotency-Key', 'aged').expect(201);
  await api.sql(
    "update conclave.idempotency_record set expires_at = now() - interval '1 second' where owner_id = $1",
    [ada.id],
  );

  const res = await ada.post('/v1/projects', { name: 'new' }).set('Idempotency-Key', 'aged');

  expect(res.status).toBe(201);
  expect(res.body.name).toBe('new');
});

test('a secret that was shown once is neither stored nor shown again', async ({ api }) => {
  const ada = await api.caller();
  const ask = () =>
    ada.post('/v1/me/api-keys', { name: 'ci', scopes: ['read'] }).set('Idempotency-Key', 'secret');

  const first = await ask();
  const again = await ask();

  expect(first.status).toBe(201);
  expect([again.status, again.body.code]).toEqual([409, 'conflict']);
  expect(again.text).not.toContain(first.body.key);
  const [record] = await api.sql<{ text: string }>(
    'select idempotency_record::text as text from conclave.idempotency_record where owner_id = $1',
    [ada.id],
  );
  expect(record!.text).not.toContain(first.body.key);
  const keys = await ada.get('/v1/me/api-keys').expect(200);
  expect(keys.body.items).toHaveLength(2);
});
