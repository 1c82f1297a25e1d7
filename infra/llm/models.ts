import type { MikroORM } from '@mikro-orm/postgresql';
import type { ModelProvider, Models } from '../../activities/ports/models.ts';
import type { ResolvedModel } from '../../workflows/contract/definition.ts';
import { ADAPTERS } from './adapters.ts';
import type { Adapter } from './adapters/adapter.ts';
import { AdapterUnusable, loadCustom } from './adapters/custom.ts';
import { SENDABLE_KEY } from './credentials.ts';
import { type Reach, type ReachConfig, reachEnvironment, reachStored } from './reach.ts';
import { makeRehearsal } from './rehearsal.ts';
import { safeFetch } from './safe-fetch.ts';
import { makeSdkProvider } from './sdk-provider.ts';
import { unavailable } from './unavailable.ts';

interface ModelsDeps {
  /** Connected as the application's role: an owner's providers are found under row-level security. */
  readonly orm: Pick<MikroORM, 'em'>;
  readonly config: ReachConfig;
}

/**
 * Models over the owner's providers and those of the environment. A provider is read anew for each call, with the
 * credentials, address and switch that it has now: a key that was replaced, or a provider that was switched off, counts
 * from the next call on.
 */
export function makeModels({ orm, config }: ModelsDeps): Models {
  const rehearsal = makeRehearsal();
  return {
    async open(ownerId, model) {
      const { providerConfigId, providerType } = model;
      if (providerConfigId === null)
        return providerType === 'rehearsal'
          ? rehearsal
          : openSdk(config, reachEnvironment(config, model), model);
      const reach = await reachStored(orm.em, config, ownerId, { ...model, providerConfigId });
      return providerType === 'rehearsal' ? rehearsal : openSdk(config, reach, model);
    },
  };
}

async function openSdk(
  config: ReachConfig,
  reach: Reach,
  model: ResolvedModel,
): Promise<ModelProvider> {
  const { apiKey, hasJsonSchema } = reach;
  if (apiKey !== undefined && !SENDABLE_KEY.test(apiKey))
    throw unavailable(
      model,
      'its API key has a character that no HTTP header can carry; give it again',
    );
  const adapter = await adapterOf(config, reach, model);
  return makeSdkProvider({ name: model.provider, adapter, apiKey, hasJsonSchema });
}

async function adapterOf(
  { adapters }: ReachConfig,
  { endpoint, apiKey, adapter: name }: Reach,
  model: ResolvedModel,
): Promise<Adapter> {
  const { providerType } = model;
  const fetch = safeFetch(apiKey);
  const connection = { endpoint: endpoint.replace(/\/+$/, ''), apiKey, fetch };
  if (providerType !== 'custom' && providerType !== 'rehearsal')
    return ADAPTERS[providerType](connection);
  const path = name === null ? undefined : adapters.get(name);
  if (path === undefined)
    throw unavailable(model, `its adapter "${name}" is not named in CONCLAVE_ADAPTERS`);
  try {
    return await loadCustom(path, connection);
  } catch (error) {
    if (error instanceof AdapterUnusable) throw unavailable(model, error.message);
    throw error;
  }
}
