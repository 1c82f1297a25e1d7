import { expect } from 'vitest';
import { openCredentials } from '../../infra/llm/credentials.ts';
import { test } from './support.ts';

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
