import { describe, expect, test } from 'vitest';
import { chooseDefault, chooseNamed } from '../../../infra/executions/choose-model.ts';
import { mergeConfig } from '../../../infra/executions/merge-config.ts';
import { splitTemplate } from '../../../infra/executions/occupants.ts';
import type { Provider } from '../../../infra/executions/providers.ts';
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
      provider('acme', { providerType: 'anthropic' }),
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
