import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Client } from 'pg';
import { describe, expect } from 'vitest';
import type { ModelProvider } from '../../../activities/ports/models.ts';
import type { Config } from '../../../infra/config/config.ts';
import { ModelCatalogEntry } from '../../../infra/db/entities/model-catalog-entry.ts';
import { ProviderConfig } from '../../../infra/db/entities/provider-config.ts';
import { newId } from '../../../infra/db/new-id.ts';
import { asOwner } from '../../../infra/db/session.ts';
import { sealCredentials } from '../../../infra/llm/credentials.ts';
import { makeModels } from '../../../infra/llm/models.ts';
import type { ResolvedModel } from '../../../workflows/contract/definition.ts';
import { fakeOpenAiForTest } from '../../support/fake-openai-for-test.ts';
import { test as base } from '../../support/fixtures.ts';
import { aRequest, listener } from './requests.ts';

const config: Pick<
  Config,
  'encryptionKeys' | 'allowPrivateEndpoints' | 'environmentProviders' | 'adapters'
> = {
  encryptionKeys: { current: 'k1', keys: new Map([['k1', randomBytes(32)]]) },
  allowPrivateEndpoints: true,
  environmentProviders: [],
  adapters: new Map(),
};

const modelOf = (rest: Partial<ResolvedModel> = {}): ResolvedModel => ({
  provider: 'local',
  providerConfigId: null,
  providerType: 'openai_compatible',
  model: 'm-1',
  contextWindow: null,
  maxOutputTokens: null,
  inputUsdPerMtok: null,
  outputUsdPerMtok: null,
  cachedUsdPerMtok: null,
  ...rest,
});

const test = base
  .extend(
    'newOwner',
    { scope: 'file' },
    async ({ database }) =>
      async (role = 'operator'): Promise<string> => {
        const client = new Client(database.adminUrl);
        await client.connect();
        const id = newId();
        await client.query(
          'insert into conclave.user_account (id, username, email, roles) values ($1::uuid, $2, $3, $4)',
          [id, id, `${id}@example.org`, [role]],
        );
        await client.end();
        return id;
      },
  )
  .extend('addProvider', { scope: 'file' }, ({ orm }) => {
    return async (
      ownerId: string,
      {
        apiKey,
        capabilities,
        ...rest
      }: Partial<
        Pick<ProviderConfig, 'apiEndpoint' | 'enabled' | 'authType' | 'providerType' | 'adapter'>
      > & {
        readonly apiKey?: string;
        readonly capabilities?: string[];
      },
    ): Promise<string> => {
      const em = asOwner(orm.em, ownerId);
      const id = newId();
      const sealed =
        apiKey === undefined
          ? null
          : sealCredentials(config.encryptionKeys, { id, ownerId }, { apiKey });
      em.create(ProviderConfig, {
        id,
        ownerId,
        name: `local-${id}`,
        providerType: 'openai_compatible',
        apiEndpoint: 'http://127.0.0.1:9/v1',
        authType: 'bearer_token',
        credentials: sealed && Buffer.from(sealed.envelope),
        credentialsKeyId: sealed?.keyId ?? null,
        ...rest,
      });
      if (capabilities)
        em.create(ModelCatalogEntry, {
          ownerId,
          providerConfigId: id,
          modelName: 'm-1',
          capabilities,
        });
      await em.flush();
      return id;
    };
  })
  .extend('openCustom', ({ orm, newOwner, addProvider }) => {
    const adapters = new Map([
      ['echo', join(import.meta.dirname, '..', '..', 'support', 'echo-adapter.ts')],
      ['none', join(import.meta.dirname, 'requests.ts')],
      ['broken', join(import.meta.dirname, 'no-such-file.ts')],
    ]);
    return async (adapter: string): Promise<ModelProvider> => {
      const ownerId = await newOwner();
      const row = { providerType: 'custom', adapter, apiEndpoint: '', apiKey: 'sk-1' } as const;
      const providerConfigId = await addProvider(ownerId, row);
      const model = modelOf({ providerConfigId, providerType: 'custom' });
      return makeModels({ orm, config: { ...config, adapters } }).open(ownerId, model);
    };
  });

test('a model is called at its provider’s address with its key', async ({
  orm,
  newOwner,
  addProvider,
}) => {
  const fake = await fakeOpenAiForTest({ apiKey: 'sk-1' });
  const ownerId = await newOwner();
  const providerConfigId = await addProvider(ownerId, { apiEndpoint: fake.url, apiKey: 'sk-1' });

  const provider = await makeModels({ orm, config }).open(ownerId, modelOf({ providerConfigId }));
  const { text } = await provider.complete(aRequest(), listener().options);

  expect(provider.isRehearsal).toBe(false);
  expect(text).toContain('Ship on Friday?');
});

test('a key that was replaced counts from the next call on', async ({
  orm,
  newOwner,
  addProvider,
}) => {
  const fake = await fakeOpenAiForTest();
  const ownerId = await newOwner();
  const id = await addProvider(ownerId, { apiEndpoint: fake.url, apiKey: 'sk-old' });
  const models = makeModels({ orm, config });
  const call = async (): Promise<void> => {
    const provider = await models.open(ownerId, modelOf({ providerConfigId: id }));
    await provider.complete(aRequest(), listener().options);
  };

  await call();
  const em = asOwner(orm.em, ownerId);
  const row = await em.findOneOrFail(ProviderConfig, id);
  const sealed = sealCredentials(config.encryptionKeys, { id, ownerId }, { apiKey: 'sk-new' });
  row.credentials = Buffer.from(sealed.envelope);
  await em.flush();
  await call();

  expect(fake.calls.map(({ authorization }) => authorization)).toEqual([
    'Bearer sk-old',
    'Bearer sk-new',
  ]);
});

test.for([
  { capabilities: ['json', 'stream'], expected: 'json_schema' },
  { capabilities: [], expected: 'json_schema' },
  { capabilities: ['stream'], expected: undefined },
])(
  'capabilities $capabilities: response format $expected',
  async ({ capabilities, expected }, { orm, newOwner, addProvider }) => {
    const fake = await fakeOpenAiForTest();
    const ownerId = await newOwner();
    const providerConfigId = await addProvider(ownerId, {
      apiEndpoint: fake.url,
      authType: 'none',
      capabilities,
    });
    const schema = { name: 'x', json: { type: 'object', properties: {} } };

    const provider = await makeModels({ orm, config }).open(ownerId, modelOf({ providerConfigId }));
    await provider.complete(aRequest({ schema }), listener().options);

    expect(fake.calls[0]?.body.response_format?.type).toBe(expected);
  },
);

test('another owner’s provider is not there', async ({ orm, newOwner, addProvider }) => {
  const providerConfigId = await addProvider(await newOwner(), {});

  const opening = makeModels({ orm, config }).open(await newOwner(), modelOf({ providerConfigId }));

  await expect(opening).rejects.toMatchObject({ code: 'model_unavailable', retryable: false });
  await expect(opening).rejects.toThrow('it was deleted');
});

test('a provider that is switched off is refused', async ({ orm, newOwner, addProvider }) => {
  const ownerId = await newOwner();
  const providerConfigId = await addProvider(ownerId, { enabled: false });

  const opening = makeModels({ orm, config }).open(ownerId, modelOf({ providerConfigId }));

  await expect(opening).rejects.toThrow('switched off; enable it');
});

test('a private address is refused unless it is allowed', async ({
  orm,
  newOwner,
  addProvider,
}) => {
  const ownerId = await newOwner();
  const providerConfigId = await addProvider(ownerId, {});
  const models = makeModels({ orm, config: { ...config, allowPrivateEndpoints: false } });

  const opening = models.open(ownerId, modelOf({ providerConfigId }));

  await expect(opening).rejects.toMatchObject({ code: 'model_unavailable', retryable: false });
  await expect(opening).rejects.toThrow('CONCLAVE_ALLOW_PRIVATE_ENDPOINTS');
});

test('credentials sealed with an unknown key say what to do', async ({
  orm,
  newOwner,
  addProvider,
}) => {
  const ownerId = await newOwner();
  const providerConfigId = await addProvider(ownerId, { apiKey: 'sk-1' });
  const encryptionKeys = { current: 'k2', keys: new Map([['k2', randomBytes(32)]]) };

  const opening = makeModels({ orm, config: { ...config, encryptionKeys } }).open(
    ownerId,
    modelOf({ providerConfigId }),
  );

  await expect(opening).rejects.toThrow('"k1" is not known: add it to CONCLAVE_ENCRYPTION_KEYS');
});

test.for(['ключ', 'two\nlines', '𝄞', ' sk-1', 'sk-1\u0000'])(
  'a key that no header can carry is a model that cannot be used, not an error of ours: %o',
  async (apiKey, { orm, newOwner, addProvider }) => {
    const ownerId = await newOwner();
    const providerConfigId = await addProvider(ownerId, { apiKey });

    const opening = makeModels({ orm, config }).open(ownerId, modelOf({ providerConfigId }));

    await expect(opening).rejects.toMatchObject({ code: 'model_unavailable', retryable: false });
    await expect(opening).rejects.toThrow('no HTTP header can carry; give it again');
    await expect(opening).rejects.not.toThrow(apiKey);
  },
);

test('of an owner’s own provider the owner’s roles of now decide on private addresses', async ({
  orm,
  database,
  newOwner,
  addProvider,
}) => {
  const ownerId = await newOwner('operator');
  const providerConfigId = await addProvider(ownerId, {});
  const models = makeModels({ orm, config });
  const open = async () => models.open(ownerId, modelOf({ providerConfigId }));
  await expect(open()).resolves.toMatchObject({ isRehearsal: false });

  const client = new Client({ connectionString: database.adminUrl });
  await client.connect();
  await client.query("update conclave.user_account set roles = '{member}' where id = $1", [
    ownerId,
  ]);

  await expect(open()).rejects.toThrow('private network');
  await client.query('update conclave.provider_config set owner_id = null where id = $1', [
    providerConfigId,
  ]);
  await expect(open()).resolves.toMatchObject({ isRehearsal: false });
  await client.end();
});

test('a provider of the environment is called with its key, at a private address too', async ({
  orm,
}) => {
  const fake = await fakeOpenAiForTest({ apiKey: 'sk-env' });
  const models = makeModels({
    orm,
    config: {
      ...config,
      allowPrivateEndpoints: false,
      environmentProviders: [
        { name: 'openrouter', providerType: 'openrouter', endpoint: fake.url, apiKey: 'sk-env' },
      ],
    },
  });
  const model = modelOf({ provider: 'openrouter', providerType: 'openrouter' });

  const provider = await models.open(newId(), model);
  const { text } = await provider.complete(aRequest(), listener().options);

  expect(text).toContain('Ship on Friday?');
});

test('a provider that the environment no longer has is refused', async ({ orm }) => {
  const opening = makeModels({ orm, config }).open(newId(), modelOf({ providerType: 'anthropic' }));

  await expect(opening).rejects.toThrow('add it with POST /v1/providers');
});

describe('a custom provider', () => {
  test('is called through the module that the operator names', async ({ openCustom }) => {
    const provider = await openCustom('echo');
    const { options, tokens } = listener();

    const completion = await provider.complete(aRequest(), options);

    expect(completion).toMatchObject({
      text: 'm-1 with a key of 4 characters heard: Question:\nShip on Friday?',
      finishReason: 'stop',
      usage: { input: 5, cached: 1, output: 7, reasoning: 2 },
      toolCalls: [],
    });
    expect(tokens.length).toBeGreaterThan(3);
  });

  test.for([
    ['gone', 'not named in CONCLAVE_ADAPTERS'],
    ['none', 'must export by default a function'],
    ['broken', 'cannot be loaded'],
  ] as const)('whose adapter is %s is refused', async ([name, why], { openCustom }) => {
    const opening = openCustom(name);

    await expect(opening).rejects.toMatchObject({ code: 'model_unavailable', retryable: false });
    await expect(opening).rejects.toThrow(why);
    await expect(opening).rejects.not.toThrow(import.meta.dirname);
  });
});

test('rehearsal needs no provider', async ({ orm }) => {
  const provider = await makeModels({ orm, config }).open(
    newId(),
    modelOf({ provider: 'rehearsal', providerType: 'rehearsal' }),
  );

  expect(provider.isRehearsal).toBe(true);
});
