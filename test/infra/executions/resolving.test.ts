import { describe, expect, test } from 'vitest';
import { chooseDefault, chooseNamed } from '../../../infra/executions/choose-model.ts';
import { mergeConfig } from '../../../infra/executions/merge-config.ts';
import { splitTemplate } from '../../../infra/executions/occupants.ts';
import { environmentProvider, type Provider } from '../../../infra/executions/providers.ts';
import { pick } from '../../../infra/executions/references.ts';

const entry = (modelName: string) =>
  ({
    modelName,
    inputUsdPerMtok: '1.000000',
    outputUsdPerMtok: '2.000000',
  }) as Provider['catalog'][number];
const provider = (name: string, changes: Partial<Provider> = {}): Provider => ({
  id: `id-${name}`,
  ownerId: 'ada',
  name,
  providerType: 'openai_compatible',
  enabled: true,
  hasCredentials: true,
  catalog: [entry(`${name}-1`), entry(`${name}-2`)],
  ...changes,
});
const chosen = (name: string, model: string) => ({
  status: 'chosen',
  model: expect.objectContaining({ provider: name, model }),
});

const row = (id: string, name: string, ownerId: string | null) => ({ id, name, ownerId });

describe('what a reference means', () => {
  test('an id, else a name among one’s own, else among the shared ones', () => {
    const rows = [row('1', 'x', null), row('2', 'x', 'ada'), row('3', 'y', null)];

    expect(pick(rows, '1', 'ada')).toMatchObject({ row: { id: '1' } });
    expect(pick(rows, 'x', 'ada')).toMatchObject({ row: { id: '2' } });
    expect(pick(rows, 'y', 'ada')).toMatchObject({ row: { id: '3' } });
    expect(pick(rows, 'z', 'ada')).toEqual({ status: 'unknown' });
  });

  test('two of one’s own of a name are ambiguous', () => {
    const rows = [row('1', 'x', 'ada'), row('2', 'x', 'ada'), row('3', 'x', null)];

    expect(pick(rows, 'x', 'ada')).toEqual({ status: 'ambiguous', ids: ['1', '2'] });
  });

  test('a template may have its version behind an @', () => {
    expect(splitTemplate('Critic@1.2.0')).toEqual({ name: 'critic', version: '1.2.0' });
    expect(splitTemplate('Critic')).toEqual({ name: 'critic', version: null });
  });
});

describe('a named model', () => {
  test('is taken from the provider, and from no other', () => {
    const shared = provider('acme', { ownerId: null, id: 'shared' });

    expect(chooseNamed([provider('acme'), shared], { provider: 'acme', model: 'acme-2' })).toEqual({
      status: 'chosen',
      model: expect.objectContaining({ providerConfigId: 'id-acme', inputUsdPerMtok: '1.000000' }),
    });
    for (const refused of [
      provider('other'),
      provider('acme', { enabled: false }),
      provider('acme', { catalog: [entry('acme-1')] }),
    ])
      expect(
        chooseNamed([refused, shared].slice(0, 1), { provider: 'acme', model: 'acme-2' }),
      ).toMatchObject({
        status: 'unavailable',
        message: expect.stringContaining('POST /v1/providers'),
      });
  });

  test('of a provider that lists none is taken as it is, its price not known', () => {
    const silent = provider('acme', { catalog: [] });

    expect(chooseNamed([silent], { provider: 'acme', model: 'any' })).toEqual({
      status: 'chosen',
      model: expect.objectContaining({ model: 'any', inputUsdPerMtok: null }),
    });
  });
});

describe('without a named model', () => {
  const all = [provider('acme'), provider('best')];

  test('the project’s provider comes first, then the configured model, then credentials, then rehearsal', () => {
    const configured = { provider: 'best', model: 'best-2' };

    expect(chooseDefault(all, 'id-best', configured)).toMatchObject(chosen('best', 'best-1'));
    expect(chooseDefault(all, null, configured)).toMatchObject(chosen('best', 'best-2'));
    expect(chooseDefault(all, null, null)).toMatchObject(chosen('acme', 'acme-1'));
    expect(chooseDefault([provider('a', { hasCredentials: false })], null, null)).toMatchObject(
      chosen('rehearsal', 'rehearsal-1'),
    );
  });

  test('a default that was set on purpose and cannot be had is not replaced', () => {
    expect(chooseDefault([], 'gone', null)).toMatchObject({ status: 'unavailable' });
    expect(chooseDefault(all, null, { provider: 'nobody', model: 'm' })).toMatchObject({
      status: 'unavailable',
    });
  });
});

test('layers lie over each other key by key, the last one on top, and keys of others are left out', () => {
  const merged = mergeConfig([
    { temperature: 0.1, maxTokens: 100, colour: 'red' },
    { temperature: 0.2, systemPrompt: 'Be brief.' },
    { systemPrompt: undefined, maxRetries: 0 },
  ]);

  expect(merged).toMatchObject({
    temperature: 0.2,
    maxTokens: 100,
    systemPrompt: 'Be brief.',
    maxRetries: 0,
    timeoutSeconds: 300,
  });
  expect(merged).not.toHaveProperty('colour');
});

describe('a provider of the environment', () => {
  const anthropic = environmentProvider({
    name: 'anthropic',
    providerType: 'anthropic',
    endpoint: 'https://api.anthropic.com/v1',
    apiKey: 'sk-ant-1',
  });
  const ollama = environmentProvider({
    name: 'ollama',
    providerType: 'ollama',
    endpoint: 'http://127.0.0.1:11434',
    apiKey: undefined,
  });

  test('has any model that is named, at a price that is not known', () => {
    expect(chooseNamed([ollama], { provider: 'ollama', model: 'qwen3' })).toEqual({
      status: 'chosen',
      model: expect.objectContaining({
        provider: 'ollama',
        providerConfigId: null,
        providerType: 'ollama',
        model: 'qwen3',
        inputUsdPerMtok: null,
      }),
    });
  });

  test('comes behind one of its name that was added', () => {
    const own = provider('anthropic', { providerType: 'anthropic' });

    expect(
      chooseNamed([own, anthropic], { provider: 'anthropic', model: 'anthropic-1' }),
    ).toMatchObject({ model: { providerConfigId: 'id-anthropic' } });
  });

  test('gives the default model of its type, behind those that were added and before rehearsal', () => {
    expect(chooseDefault([anthropic], null, null)).toMatchObject(
      chosen('anthropic', 'claude-sonnet-4-20250514'),
    );
    expect(chooseDefault([provider('acme'), anthropic], null, null)).toMatchObject(
      chosen('acme', 'acme-1'),
    );
  });

  test('without a key is no default: what it has is not known', () => {
    expect(chooseDefault([ollama], null, null)).toMatchObject(chosen('rehearsal', 'rehearsal-1'));
  });
});

test('a provider that lists no models has its type’s default, where there is one', () => {
  const hosted = provider('mine', { providerType: 'google', catalog: [] });
  const other = provider('other', { catalog: [] });

  expect(chooseDefault([other, hosted], null, null)).toMatchObject(
    chosen('mine', 'gemini-2.5-flash'),
  );
  expect(chooseDefault([other], 'id-other', null)).toMatchObject({ status: 'unavailable' });
});
