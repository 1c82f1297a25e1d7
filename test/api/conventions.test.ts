import { MikroORM } from '@mikro-orm/postgresql';
import supertest from 'supertest';
import { expect } from 'vitest';
import { createApp } from '../../api/app.ts';
import { ProblemDetails } from '../../api/http/openapi.ts';
import { ormConfig } from '../../infra/db/orm.config.ts';
import { test } from './support.ts';

test('a problem is told by RFC 9457, with an id of the request and without a trace', async ({
  api,
}) => {
  const ada = await api.caller();

  const res = await ada.get('/v1/nowhere?x=1').expect(404);

  expect(res.headers['content-type']).toContain('application/problem+json');
  expect(ProblemDetails.parse(res.body)).toMatchObject({
    status: 404,
    title: 'Not Found',
    code: 'not_found',
    instance: '/v1/nowhere',
  });
  expect(res.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  expect(res.text).not.toMatch(/at .*\.ts|node_modules/);
});

test('a method that an address does not have is refused with those that it has', async ({
  api,
}) => {
  const ada = await api.caller();

  const res = await ada.delete('/v1/projects').expect(405);

  expect(res.headers['allow']).toBe('POST, GET, HEAD');
  expect(res.body.code).toBe('method_not_allowed');
});

test('HEAD is GET without a body', async ({ api }) => {
  const ada = await api.caller();

  const res = await supertest(api.app).head('/v1/me').set('Authorization', `Bearer ${ada.key}`);

  expect(res.status).toBe(200);
  expect(res.text ?? '').toBe('');
});

test('an answer that the caller does not take is not given', async ({ api }) => {
  const ada = await api.caller();

  const res = await ada.get('/v1/me').set('Accept', 'text/csv').expect(406);
  await ada.get('/v1/me').set('Accept', 'text/html, */*;q=0.1').expect(200);

  expect(res.body.code).toBe('not_acceptable');
});

test('addresses are exact', async ({ api }) => {
  const ada = await api.caller();

  await ada.get('/v1/ME').expect(404);
  await ada.get('/v1/me/').expect(404);
});

test('a foreign Host or Origin is refused, also with a good key', async ({ api }) => {
  const ada = await api.caller();

  const rebound = await ada.get('/v1/me').set('Host', 'evil.example:3000');
  const foreign = await ada.get('/v1/me').set('Origin', 'https://evil.example');
  const opaque = await ada.get('/v1/me').set('Origin', 'null');
  const own = await ada.get('/v1/me').set('Origin', 'http://localhost:5173');

  expect([rebound, foreign, opaque, own].map(({ status }) => status)).toEqual([403, 403, 403, 200]);
});

test('an ETag that was read before guards a change', async ({ api }) => {
  const ada = await api.caller();
  const made = await ada.post('/v1/projects', { name: 'guarded' }).expect(201);
  const at = `/v1/projects/${made.body.id}`;
  const read = await ada.get(at).expect(200);
  expect(read.headers['etag']).toBe(made.headers['etag']);
  const etag = read.headers['etag']!;

  const changed = await ada.patch(at, { description: 'a' }).set('If-Match', etag).expect(200);
  const stale = await ada.patch(at, { description: 'b' }).set('If-Match', etag);
  const weak = await ada
    .patch(at, { description: 'b' })
    .set('If-Match', `W/${changed.headers['etag']}`);
  const any = await ada.patch(at, { description: 'c' }).set('If-Match', '*');
  const without = await ada.patch(at, { description: 'd' });

  expect(changed.headers['etag']).not.toBe(etag);
  expect([stale.status, stale.body.code]).toEqual([412, 'precondition_failed']);
  expect([weak.status, any.status, without.status]).toEqual([412, 200, 200]);
  await ada.get(at).set('If-None-Match', without.headers['etag']!).expect(304);
  expect((await ada.get(at)).body.description).toBe('d');
});

test('of two changes of one version at once one wins', async ({ api }) => {
  const ada = await api.caller();
  const { body, headers } = await ada.post('/v1/projects', { name: 'race' }).expect(201);
  const change = (description: string) =>
    ada.patch(`/v1/projects/${body.id}`, { description }).set('If-Match', headers['etag']!);

  const answers = await Promise.all(['a', 'b', 'c', 'd'].map(change));

  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  expect(statuses.filter((status) => status === 412 || status === 409)).toHaveLength(3);
});

test('what the database says of a clash is not passed on', async ({ api }) => {
  const ada = await api.caller();
  await ada.post('/v1/projects', { name: 'clash' }).expect(201);

  const res = await ada.post('/v1/projects', { name: 'clash' }).expect(409);

  expect(res.body.code).toBe('conflict');
  expect(res.text).not.toMatch(/duplicate|project_owner|Key \(/);
});

test('connections that the database ended are replaced', async ({ api }) => {
  const ada = await api.caller();
  await ada.get('/v1/me').expect(200);
  await api.sql(
    "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'conclave_app' and datname = current_database()",
  );

  const first = await ada.get('/v1/me');

  // Each broken connection of the pool may cost one request, which is told to come back.
  expect([200, 503]).toContain(first.status);
  await expect.poll(async () => (await ada.get('/v1/me')).status).toBe(200);
});

test('a database that is away is told as such, with when to come back', async ({ api }) => {
  const ada = await api.caller();
  const orm = await MikroORM.init(ormConfig('postgres://nobody:x@127.0.0.1:1/none'));
  const app = createApp({ ...api.deps, orm });

  const res = await supertest(app).get('/v1/me').set('Authorization', `Bearer ${ada.key}`);
  const ready = await supertest(app).get('/readyz');

  expect([res.status, res.body.code]).toEqual([503, 'database_unavailable']);
  expect(Number(res.headers['retry-after'])).toBeGreaterThan(0);
  expect(ready.status).toBe(503);
  expect(ready.body.notAnswering).toContain('postgresql');
  await supertest(app).get('/healthz').expect(200);
  await orm.close();
});

test('security headers are set, and nothing says what this runs on', async ({ api }) => {
  const res = await supertest(api.app).get('/healthz').expect(200);

  expect(res.headers['x-content-type-options']).toBe('nosniff');
  expect(res.headers['content-security-policy']).not.toContain('upgrade-insecure-requests');
  expect(res.headers).not.toHaveProperty('x-powered-by');
});
