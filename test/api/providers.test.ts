import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { createApp } from '../../api/app.ts';
import { openCredentials } from '../../infra/llm/credentials.ts';
import { fakeOpenAiForTest } from '../support/fake-openai-for-test.ts';
import { requestsAs, test } from './support.ts';

const ECHO = join(import.meta.dirname, '..', 'support', 'echo-adapter.ts');
const SECRET = 'sk-very-secret-0001';
const wish = {
  name: 'acme',
  providerType: 'openai_compatible',
  apiEndpoint: 'https://192.0.32.1/v1',
  credentials: { apiKey: SECRET },
  models: [
    { name: 'large', contextWindow: 128_000, inputUsdPerMtok: 2.5, outputUsdPerMtok: '10.000001' },
    { name: 'small', capabilities: ['json'] },
  ],
};

test('credentials go in, are stored encrypted, and never come out', async ({ api }) => {
  const ada = await api.caller();

  const made = await ada.post('/v1/providers', wish).expect(201);
  const read = await ada.get(`/v1/providers/${made.body.id}`).expect(200);
  const list = await ada.get('/v1/providers').expect(200);

  const { encryptionKeys } = api.deps.config;
  expect(read.body).toMatchObject({
    name: 'acme',
    hasCredentials: true,
    credentialsKeyId: encryptionKeys.current,
    enabled: true,
    shared: false,
  });
  for (const { text } of [made, read, list]) expect(text).not.toContain(SECRET);
  const [row] = await api.sql<{ credentials: Buffer; credentials_key_id: string; dump: string }>(
    'select credentials, credentials_key_id, provider_config::text as dump from conclave.provider_config where id = $1',
    [made.body.id],
  );
  expect(row!.credentials.includes(SECRET)).toBe(false);
  expect(row!.dump).not.toContain(SECRET);
  const sealed = { envelope: row!.credentials, keyId: row!.credentials_key_id };
  expect(openCredentials(encryptionKeys, { id: made.body.id, ownerId: ada.id }, sealed)).toEqual({
    apiKey: SECRET,
  });
});

test('models keep exact prices, and are listed with the rehearsal model at the end', async ({
  api,
}) => {
  const ada = await api.caller();
  await ada.post('/v1/providers', wish).expect(201);

  const { body } = await ada.get('/v1/models').expect(200);
  const first = await ada.get('/v1/models?limit=2').expect(200);
  const second = await ada.get(`/v1/models?limit=2&cursor=${first.body.nextCursor}`).expect(200);

  const names = body.items.map(
    ({ provider, name }: Record<string, string>) => `${provider}/${name}`,
  );
  expect(names.toSorted()).toEqual(['acme/large', 'acme/small', 'rehearsal/rehearsal-1']);
  expect(names.at(-1)).toBe('rehearsal/rehearsal-1');
  expect(body.items.find(({ name }: { name: string }) => name === 'large')).toMatchObject({
    contextWindow: 128_000,
    inputUsdPerMtok: '2.500000',
    outputUsdPerMtok: '10.000001',
    cachedUsdPerMtok: null,
  });
  expect([...first.body.items, ...second.body.items]).toEqual(body.items);
  expect(second.body.nextCursor).toBeNull();
});

test('a change touches what it names; models are replaced as a list', async ({ api }) => {
  const ada = await api.caller();
  const { body: made } = await ada.post('/v1/providers', wish).expect(201);
  const at = `/v1/providers/${made.id}`;

  const renamed = await ada
    .patch(at, { name: 'acme-2', models: [{ name: 'small' }, { name: 'new' }] })
    .expect(200);
  const without = await ada.patch(at, { credentials: null, enabled: false }).expect(200);

  expect(renamed.body).toMatchObject({ name: 'acme-2', hasCredentials: true, enabled: true });
  expect(renamed.body.models.map(({ name }: { name: string }) => name)).toEqual(['new', 'small']);
  expect(renamed.headers['etag']).not.toBe(`"${made.rowVersion}"`);
  expect(without.body).toMatchObject({
    name: 'acme-2',
    hasCredentials: false,
    credentialsKeyId: null,
    enabled: false,
  });
  expect(without.body.models.map(({ enabled }: { enabled: boolean }) => enabled)).toEqual([
    false,
    false,
  ]);
});

test('credentials that would never be sent are refused', async ({ api }) => {
  const ada = await api.caller();

  const res = await ada.post('/v1/providers', { ...wish, authType: 'none' }).expect(400);

  expect(res.body.errors[0].path).toBe('credentials');
  expect(res.text).not.toContain(SECRET);
});

test('private addresses are for admins and operators', async ({ api }) => {
  const [member, operator] = [await api.caller(), await api.caller({ roles: ['operator'] })];
  const local = {
    name: 'local',
    providerType: 'openai_compatible',
    apiEndpoint: 'http://127.0.0.1:9/v1',
  };

  await member.post('/v1/providers', local).expect(400);
  const shared = await operator.post('/v1/providers', { ...local, shared: true }).expect(201);

  expect(shared.body.shared).toBe(true);
  await member.get(`/v1/providers/${shared.body.id}`).expect(200);
  await member.patch(`/v1/providers/${shared.body.id}`, { enabled: false }).expect(403);
});

test("a project's default provider is named by name or id, and taken away with null", async ({
  api,
}) => {
  const ada = await api.caller();
  const { body: provider } = await ada.post('/v1/providers', wish).expect(201);

  const made = await ada.post('/v1/projects', { name: 'p', defaultProvider: 'acme' }).expect(201);
  const cleared = await ada
    .patch(`/v1/projects/${made.body.id}`, { defaultProvider: null })
    .expect(200);
  const byId = await ada
    .patch(`/v1/projects/${made.body.id}`, { defaultProvider: provider.id })
    .expect(200);

  expect([made, cleared, byId].map(({ body }) => body.defaultProviderId)).toEqual([
    provider.id,
    null,
    provider.id,
  ]);
});

test('a hosted provider needs no address; others do, and a custom one an adapter', async ({
  api,
}) => {
  const ada = await api.caller();
  const post = (body: object) => ada.post('/v1/providers', body);

  const made = await post({ name: 'claude', providerType: 'anthropic' }).expect(201);
  const noAddress = await post({ name: 'local', providerType: 'ollama' }).expect(400);
  const noAdapter = await post({ name: 'own', providerType: 'custom' }).expect(400);
  const strange = await post({ name: 'x', providerType: 'openai', adapter: 'echo' }).expect(400);
  const unknown = await post({ name: 'own', providerType: 'custom', adapter: 'x.ts' }).expect(400);

  expect(made.body).toMatchObject({
    source: 'stored',
    apiEndpoint: 'https://api.anthropic.com/v1',
    adapter: null,
  });
  expect(noAddress.body.errors[0].path).toBe('apiEndpoint');
  for (const { body } of [noAdapter, strange, unknown]) expect(body.errors[0].path).toBe('adapter');
  expect(unknown.body.errors[0].message).toContain('CONCLAVE_ADAPTERS');
});

test('a custom provider names an adapter of the operator’s', async ({ api }) => {
  const ada = await api.caller();
  const app = createApp({
    ...api.deps,
    config: { ...api.deps.config, adapters: new Map([['echo', ECHO]]) },
  });
  const as = requestsAs(app, ada.key);

  const made = await as
    .post('/v1/providers', { name: 'own', providerType: 'custom', adapter: 'echo' })
    .expect(201);
  const tested = await as.post(`/v1/providers/${made.body.id}/test`, { model: 'm-1' }).expect(200);

  expect(made.body).toMatchObject({ adapter: 'echo', apiEndpoint: '' });
  expect(tested.body).toMatchObject({ ok: true, model: 'm-1' });
});

test('providers of the environment are listed last, without ids and secrets', async ({ api }) => {
  const ada = await api.caller();
  await ada.post('/v1/providers', wish).expect(201);
  const app = createApp({
    ...api.deps,
    config: {
      ...api.deps.config,
      environmentProviders: [
        {
          name: 'anthropic',
          providerType: 'anthropic',
          endpoint: 'http://proxy.internal/v1',
          apiKey: SECRET,
        },
        {
          name: 'ollama',
          providerType: 'ollama',
          endpoint: 'http://127.0.0.1:11434',
          apiKey: undefined,
        },
      ],
    },
  });
  const as = requestsAs(app, ada.key);

  const providers = await as.get('/v1/providers').expect(200);
  const models = await as.get('/v1/models').expect(200);
  const paged: unknown[] = [];
  for (let cursor = ''; cursor !== null;) {
    const { body } = await as.get(`/v1/providers?limit=1${cursor}`).expect(200);
    paged.push(...body.items);
    cursor = body.nextCursor && `&cursor=${body.nextCursor}`;
  }

  const claude = 'claude-sonnet-4-20250514';
  expect(providers.body.items[0]).toMatchObject({ source: 'stored', name: 'acme' });
  expect(providers.body.items.slice(-2)).toEqual([
    {
      source: 'environment',
      name: 'anthropic',
      providerType: 'anthropic',
      hasCredentials: true,
      enabled: true,
      shared: true,
      models: [expect.objectContaining({ name: claude, inputUsdPerMtok: null })],
    },
    expect.objectContaining({ name: 'ollama', hasCredentials: false, models: [] }),
  ]);
  expect(models.body.items.slice(-2)).toMatchObject([
    { source: 'environment', provider: 'anthropic', name: claude },
    { source: 'built_in', provider: 'rehearsal' },
  ]);
  expect(paged).toEqual(providers.body.items);
  for (const { text } of [providers, models]) {
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain('proxy.internal');
  }
});

const at = (url: string, name: string) => ({
  name,
  providerType: 'openai_compatible',
  apiEndpoint: url,
  credentials: { apiKey: SECRET },
  models: [{ name: 'm-1' }],
});

test.for(['ключ', 'two\nlines', 'sk-1 '])(
  'a key that no header can carry is refused when it is given: %o',
  async (apiKey, { api }) => {
    const operator = await api.caller({ roles: ['operator'] });
    const body = { ...at('http://127.0.0.1:9', 'unsendable'), credentials: { apiKey } };

    const { body: problem } = await operator.post('/v1/providers', body).expect(400);

    expect(problem.errors).toEqual([
      {
        path: 'credentials.apiKey',
        message: 'has a character that no HTTP header can carry; copy it again',
      },
    ]);
  },
);

describe('a test of a provider', () => {
  test('is one small call of its first model, or of the one that is named', async ({ api }) => {
    const operator = await api.caller({ roles: ['operator'] });
    const fake = await fakeOpenAiForTest({ apiKey: SECRET });
    const { body: made } = await operator.post('/v1/providers', at(fake.url, 'a')).expect(201);
    const path = `/v1/providers/${made.id}/test`;

    const first = await operator.post(path).expect(200);
    const named = await operator.post(path, { model: 'm-2' }).expect(200);

    expect(first.body).toEqual({ ok: true, latencyMs: expect.any(Number), model: 'm-1' });
    expect(named.body.model).toBe('m-2');
    expect(fake.calls.map(({ body }) => [body.model, body.max_tokens])).toEqual([
      ['m-1', 32],
      ['m-2', 32],
    ]);
  });

  test('tells why it failed, in our words', async ({ api }) => {
    const operator = await api.caller({ roles: ['operator'] });
    const fake = await fakeOpenAiForTest({ apiKey: 'another' });
    const { body: made } = await operator.post('/v1/providers', at(fake.url, 'b')).expect(201);

    const { body, text } = await operator.post(`/v1/providers/${made.id}/test`).expect(200);

    expect(body).toMatchObject({ ok: false, model: 'm-1', error: { code: 'model_unavailable' } });
    expect(body.error.message).toContain('enter valid credentials');
    expect(text).not.toContain(SECRET);
  });

  test('is for whoever may change it, and goes to no private address of a member’s', async ({
    api,
  }) => {
    const operator = await api.caller({ roles: ['operator'] });
    const member = await api.caller();
    const reader = await api.caller({ scopes: ['read'] });
    const fake = await fakeOpenAiForTest();
    const shared = await operator
      .post('/v1/providers', { ...at(fake.url, 'c'), shared: true })
      .expect(201);
    const own = await member.post('/v1/providers', { ...wish, name: 'mine' }).expect(201);
    await api.sql('update conclave.provider_config set api_endpoint = $1 where id = $2', [
      fake.url,
      own.body.id,
    ]);

    await member.post(`/v1/providers/${shared.body.id}/test`).expect(403);
    await reader.post(`/v1/providers/${own.body.id}/test`).expect(403);
    await operator.post(`/v1/providers/${own.body.id}/test`).expect(404);
    const refused = await member.post(`/v1/providers/${own.body.id}/test`).expect(200);
    await operator.post(`/v1/providers/${shared.body.id}/test`).expect(200);

    expect(refused.body).toMatchObject({ ok: false, error: { code: 'model_unavailable' } });
    expect(refused.body.error.message).toContain('private network');
    expect(fake.calls).toHaveLength(1);
  });

  test('needs a model where none is listed and its type has no default', async ({ api }) => {
    const ada = await api.caller();
    const { body: made } = await ada
      .post('/v1/providers', { ...wish, name: 'bare', models: [] })
      .expect(201);

    const { body } = await ada.post(`/v1/providers/${made.id}/test`).expect(400);

    expect(body.errors[0].path).toBe('model');
  });
});

test('limits are kept with the provider, and PATCH replaces them all', async ({ api }) => {
  const ada = await api.caller();
  const made = await ada
    .post('/v1/providers', {
      name: 'limited',
      providerType: 'openai_compatible',
      apiEndpoint: 'https://192.0.32.1/v1',
      authType: 'none',
      rateLimits: { requestsPerMinute: 60, tokensPerMinute: 100_000 },
    })
    .expect(201);

  const changed = await ada
    .patch(`/v1/providers/${made.body.id}`, { rateLimits: { maxConcurrent: 4 } })
    .expect(200);
  await ada
    .patch(`/v1/providers/${made.body.id}`, { rateLimits: { maxConcurrent: 0 } })
    .expect(400);

  expect(made.body.rateLimits).toEqual({
    requestsPerMinute: 60,
    tokensPerMinute: 100_000,
    maxConcurrent: null,
  });
  expect(changed.body.rateLimits).toEqual({
    requestsPerMinute: null,
    tokensPerMinute: null,
    maxConcurrent: 4,
  });
});
