import type { MikroORM } from '@mikro-orm/postgresql';
import type { ModelProvider, Models } from '../../activities/ports.ts';
import type { ResolvedModel } from '../../workflows/contract/definition.ts';
import { ModelCallFailed } from '../../workflows/contract/errors.ts';
import type { Config } from '../config/config.ts';
import { ModelCatalogEntry } from '../db/entities/model-catalog-entry.ts';
import { ProviderConfig } from '../db/entities/provider-config.ts';
import { asOwner } from '../db/session.ts';
import { SecretUnreadable } from '../secrets/envelope.ts';
import { ADAPTERS } from './adapters.ts';
import { openCredentials } from './credentials.ts';
import { EndpointRefused, assertEndpointAllowed } from './endpoint.ts';
import { makeOpenAiCompatible } from './openai-compatible.ts';
import { makeRehearsal } from './rehearsal.ts';

interface ModelsDeps {
  /** Connected as the application's role: an owner's providers are found under row-level security. */
  readonly orm: Pick<MikroORM, 'em'>;
  readonly config: Pick<Config, 'encryptionKeys' | 'allowPrivateEndpoints'>;
}

/** A provider's row, and what its catalog says that the model can do; no capabilities: the catalog does not say. */
interface FoundProvider {
  readonly row: ProviderConfig;
  readonly capabilities: readonly string[];
}

/**
 * Models over the owner's providers. A provider is read anew for each call, with the credentials, address and switch
 * that it has now: a key that was replaced, or a provider that was switched off, counts from the next call on.
 */
export function makeModels({ orm, config }: ModelsDeps): Models {
  const rehearsal = makeRehearsal();
  return {
    async open(ownerId, model) {
      const provider = await usableProvider(orm, ownerId, model);
      if (model.providerType === 'rehearsal') return rehearsal;
      if (model.providerType !== 'openai_compatible')
        throw unavailable(
          model,
          `providers of type ${model.providerType} cannot be called yet; use one of type ${ADAPTERS.join(' or ')}`,
        );
      if (!provider)
        throw unavailable(model, 'it has no configuration; add it with POST /v1/providers');
      return openHttp(config, provider, model);
    },
  };
}

/** The model's provider as it is now; null for one without a row. */
async function usableProvider(
  { em }: ModelsDeps['orm'],
  ownerId: string,
  model: ResolvedModel,
): Promise<FoundProvider | null> {
  const { providerConfigId } = model;
  if (providerConfigId === null) return null;
  const owned = asOwner(em, ownerId);
  const row = await owned.findOne(
    ProviderConfig,
    { id: providerConfigId },
    { populate: ['credentials'] },
  );
  if (!row) throw unavailable(model, 'it was deleted; add it anew, or name another model');
  if (!row.enabled)
    throw unavailable(model, 'it is switched off; enable it, or name another model');
  const entry = await owned.findOne(ModelCatalogEntry, {
    providerConfigId,
    modelName: model.model,
  });
  return { row, capabilities: entry?.capabilities ?? [] };
}

async function openHttp(
  { encryptionKeys, allowPrivateEndpoints }: ModelsDeps['config'],
  { row, capabilities }: FoundProvider,
  model: ResolvedModel,
): Promise<ModelProvider> {
  try {
    await assertEndpointAllowed(row.apiEndpoint, allowPrivateEndpoints);
    return makeOpenAiCompatible({
      name: row.name,
      endpoint: row.apiEndpoint,
      apiKey: apiKeyOf(encryptionKeys, row),
      hasJsonSchema: capabilities.length === 0 || capabilities.includes('json'),
    });
  } catch (error) {
    if (error instanceof EndpointRefused || error instanceof SecretUnreadable)
      throw unavailable(model, error.message, error.retryable);
    throw error;
  }
}

function apiKeyOf(keys: Config['encryptionKeys'], row: ProviderConfig): string | undefined {
  const { id, authType, credentials, credentialsKeyId } = row;
  if (authType === 'none' || !credentials || !credentialsKeyId) return undefined;
  const owned = { id, ownerId: row.ownerId ?? null };
  return openCredentials(keys, owned, { envelope: credentials, keyId: credentialsKeyId }).apiKey;
}

const unavailable = (
  { provider, model }: ResolvedModel,
  why: string,
  retryable = false,
): ModelCallFailed =>
  new ModelCallFailed(
    'model_unavailable',
    `The provider "${provider}" of the model "${model}" cannot be used: ${why.replace(/\.$/, '')}.`,
    { retryable },
  );
