import type supertest from 'supertest';
import { describe, expect } from 'vitest';
import { type Caller, test as base } from './support.ts';

const test = base.extend('ada', { scope: 'file' }, ({ api }) => api.caller());
const UNKNOWN = '01a20000-0000-7000-8000-000000000000';

type Send = (caller: Caller) => supertest.Test;
const post =
  (path: string, body: object): Send =>
  (caller) =>
    caller.post(path, body);
const raw =
  (path: string, text: string | Buffer, type = 'application/json'): Send =>
  (caller) =>
    caller
      .post(path)
      .set('Content-Type', type)
      .send(text as string);
const get =
  (path: string): Send =>
  (caller) =>
    caller.get(path);

const provider = {
  name: 'p',
  providerType: 'openai_compatible',
  apiEndpoint: 'https://192.0.32.1/v1',
};
const template = { name: 't', description: 'T.', role: 'critic' };
const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
const capability = (metadata: string) => `{"name":"deep","metadata":${metadata}}`;

/** What is sent, how it is answered, and the path of the field that is wrong. */
const CASES: [title: string, send: Send, status: number, code: string, path?: string][] = [
  ['no body', (c) => c.post('/v1/projects'), 400, 'invalid_request', ''],
  ['broken JSON', raw('/v1/projects', '{"name":'), 400, 'invalid_request', ''],
  ['an array', raw('/v1/projects', '[]'), 400, 'invalid_request', ''],
  ['a bare string', raw('/v1/projects', '"name"'), 400, 'invalid_request', ''],
  [
    'an unknown field',
    post('/v1/projects', { name: 'p', nope: 1 }),
    400,
    'invalid_request',
    'nope',
  ],
  [
    'an unknown field, nested',
    post('/v1/providers', { ...provider, credentials: { apiKey: 'k', more: 1 } }),
    400,
    'invalid_request',
    'credentials.more',
  ],
  ['a missing field', post('/v1/projects', {}), 400, 'invalid_request', 'name'],
  ['a wrong type', post('/v1/projects', { name: 7 }), 400, 'invalid_request', 'name'],
  ['an empty name', post('/v1/projects', { name: '' }), 400, 'invalid_request', 'name'],
  ['a long name', post('/v1/projects', { name: 'x'.repeat(256) }), 400, 'invalid_request', 'name'],
  ['U+0000', post('/v1/projects', { name: 'a\0b' }), 400, 'invalid_request', 'name'],
  [
    'U+0000 in a key',
    post('/v1/capabilities', { name: 'c', metadata: { 'a\0': 1 } }),
    400,
    'invalid_request',
    'metadata.a\0',
  ],
  [
    'half a surrogate pair',
    raw('/v1/projects', '{"name":"\\ud800"}'),
    400,
    'invalid_request',
    'name',
  ],
  [
    'half a pair, nested',
    raw('/v1/capabilities', '{"name":"c","metadata":{"l":["\\udfff"]}}'),
    400,
    'invalid_request',
    'metadata.l.0',
  ],
  ['65 levels', raw('/v1/capabilities', capability(deep(65))), 400, 'invalid_request'],
  [
    '100,000 levels',
    raw('/v1/capabilities', capability(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)),
    400,
    'invalid_request',
  ],
  [
    '__proto__',
    raw('/v1/projects', '{"name":"p","__proto__":{"name":"q"}}'),
    400,
    'invalid_request',
    '__proto__',
  ],
  [
    'constructor',
    raw('/v1/projects', '{"name":"p","constructor":{}}'),
    400,
    'invalid_request',
    'constructor',
  ],
  ['NaN', raw('/v1/capabilities', '{"name":"c","tokenCost":NaN}'), 400, 'invalid_request', ''],
  [
    'an enormous number',
    raw('/v1/capabilities', '{"name":"c","tokenCost":1e400}'),
    400,
    'invalid_request',
    'tokenCost',
  ],
  [
    'a fraction for a count',
    post('/v1/capabilities', { name: 'c', tokenCost: 1.5 }),
    400,
    'invalid_request',
    'tokenCost',
  ],
  [
    'another content type',
    raw('/v1/projects', 'name=p', 'application/x-www-form-urlencoded'),
    415,
    'unsupported_media_type',
  ],
  [
    'another charset',
    raw('/v1/projects', '{}', 'application/json; charset=latin1'),
    415,
    'unsupported_media_type',
  ],
  [
    'more than 1 MiB',
    raw('/v1/projects', JSON.stringify({ name: 'x'.repeat(1024 * 1024) })),
    413,
    'payload_too_large',
  ],
  ['a limit of 0', get('/v1/agents?limit=0'), 400, 'invalid_request', 'limit'],
  ['a limit of 201', get('/v1/agents?limit=201'), 400, 'invalid_request', 'limit'],
  ['a limit in words', get('/v1/agents?limit=ten'), 400, 'invalid_request', 'limit'],
  ['a parameter twice', get('/v1/agents?limit=1&limit=2'), 400, 'invalid_request', 'limit'],
  ['an unknown parameter', get('/v1/agents?nope=1'), 400, 'invalid_request', 'nope'],
  ['U+0000 in the query', get('/v1/agents?name=%00'), 400, 'invalid_request', 'name'],
  ['a cursor of ours no more', get('/v1/agents?cursor=bm9wZQ'), 400, 'invalid_request', 'cursor'],
  ['a filter outside its list', get('/v1/agents?status=asleep'), 400, 'invalid_request', 'status'],
  ['a project that is none', get('/v1/agents?projectId=7'), 400, 'invalid_request', 'projectId'],
  ['an id that is none', get('/v1/agents/7'), 404, 'not_found'],
  ['SQL for an id', get("/v1/agents/'%20or%201=1--"), 404, 'not_found'],
  ['U+0000 for an id', get('/v1/agents/%00'), 404, 'not_found'],
  ['a broken escape', get('/v1/agents/%zz'), 400, 'invalid_request'],
  [
    'a version that is none',
    (c) => c.post(`/v1/agent-templates/${UNKNOWN}/versions/latest/publish`),
    404,
    'not_found',
  ],
  [
    'an unknown provider type',
    post('/v1/providers', { ...provider, providerType: 'acme' }),
    400,
    'invalid_request',
    'providerType',
  ],
  [
    'an adapter that the operator has not named',
    post('/v1/providers', { ...provider, providerType: 'custom', adapter: '../evil.ts' }),
    400,
    'invalid_request',
    'adapter',
  ],
  [
    'no address',
    post('/v1/providers', { name: 'p', providerType: 'openai_compatible' }),
    400,
    'invalid_request',
    'apiEndpoint',
  ],
  [
    'a file for an address',
    post('/v1/providers', { ...provider, apiEndpoint: 'file:///etc/passwd' }),
    400,
    'invalid_request',
    'apiEndpoint',
  ],
  [
    'an address on loopback',
    post('/v1/providers', { ...provider, apiEndpoint: 'http://127.0.0.1:1/v1' }),
    400,
    'invalid_request',
    'apiEndpoint',
  ],
  [
    'the metadata service',
    post('/v1/providers', { ...provider, apiEndpoint: 'http://169.254.169.254/' }),
    400,
    'invalid_request',
    'apiEndpoint',
  ],
  [
    'a key in the address',
    post('/v1/providers', { ...provider, apiEndpoint: 'https://k:s@192.0.32.1/' }),
    400,
    'invalid_request',
    'apiEndpoint',
  ],
  [
    'a negative price',
    post('/v1/providers', { ...provider, models: [{ name: 'm', inputUsdPerMtok: -1 }] }),
    400,
    'invalid_request',
  ],
  [
    'a model twice',
    post('/v1/providers', { ...provider, models: [{ name: 'm' }, { name: 'm' }] }),
    400,
    'invalid_request',
    'models',
  ],
  [
    'a limit of no requests',
    post('/v1/providers', { ...provider, rateLimits: { requestsPerMinute: 0 } }),
    400,
    'invalid_request',
    'rateLimits.requestsPerMinute',
  ],
  [
    'a temperature of 3',
    post('/v1/agent-templates', { ...template, config: { temperature: 3 } }),
    400,
    'invalid_request',
    'config.temperature',
  ],
  [
    'tools, which come later',
    post('/v1/agent-templates', { ...template, config: { tools: [{ name: 'http_fetch' }] } }),
    400,
    'invalid_request',
    'config.tools.0.name',
  ],
  [
    'a name of spaces',
    post('/v1/agent-templates', { ...template, name: 'a b' }),
    400,
    'invalid_request',
    'name',
  ],
  [
    'an unknown capability',
    post('/v1/agent-templates', { ...template, capabilities: [{ name: 'nope' }] }),
    400,
    'invalid_request',
    'capabilities.0.name',
  ],
  [
    'an unknown template',
    post('/v1/agents', { name: 'a', template: 'nope' }),
    400,
    'invalid_request',
    'template',
  ],
  [
    'a version without a template',
    post('/v1/agents', { name: 'a', version: '1.0.0' }),
    400,
    'invalid_request',
    'version',
  ],
  [
    'a script entry with a typo',
    post('/v1/agents', { name: 'a', configuration: { rehearsal: { script: [{ txet: 'x' }] } } }),
    400,
    'invalid_request',
    'configuration.rehearsal.script.0.txet',
  ],
  [
    'a scope that is none',
    post('/v1/me/api-keys', { name: 'k', scopes: ['root'] }),
    400,
    'invalid_request',
    'scopes.0',
  ],
  [
    'no scopes',
    post('/v1/me/api-keys', { name: 'k', scopes: [] }),
    400,
    'invalid_request',
    'scopes',
  ],
  [
    'an expiry in the past',
    post('/v1/me/api-keys', { name: 'k', scopes: ['read'], expiresAt: '2020-01-01T00:00:00Z' }),
    400,
    'invalid_request',
    'expiresAt',
  ],
  [
    'a scope beyond the roles',
    post('/v1/me/api-keys', { name: 'k', scopes: ['admin'] }),
    403,
    'forbidden',
  ],
];

describe('refused, and nothing is written:', () => {
  test.for(CASES)('%s', async ([, send, status, code, path], { api, ada }) => {
    const before = await api.countRows();

    const res = await send(ada);

    expect(res.status).toBe(status);
    expect(res.headers['content-type']).toContain('application/problem+json');
    expect(res.body).toMatchObject({ status, code });
    const paths = res.body.errors?.map((error: { path: string }) => error.path) ?? [];
    expect(paths).toEqual(expect.arrayContaining(path === undefined ? [] : [path]));
    expect(await api.countRows()).toEqual(before);
  });
});

test('every problem of a body and of the query is told at once', async ({ ada }) => {
  const res = await ada.post('/v1/agents?nope=1', { name: '', role: 'king', extra: true });

  const paths = new Set(res.body.errors.map((error: { path: string }) => error.path));
  expect(paths).toEqual(new Set(['extra', 'name', 'nope', 'role']));
});

test('a key twice in a body: the last one counts, and nothing breaks', async ({ ada }) => {
  const res = await ada
    .post('/v1/projects')
    .set('Content-Type', 'application/json')
    .send('{"name":"first","name":"second"}');

  expect(res.status).toBe(201);
  expect(res.body.name).toBe('second');
});
