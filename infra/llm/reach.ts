import type { EntityManager } from '@mikro-orm/postgresql';
import type { ResolvedModel } from '../../workflows/contract/definition.ts';
import type { Config } from '../config/config.ts';
import { ModelCatalogEntry } from '../db/entities/model-catalog-entry.ts';
import { ProviderConfig } from '../db/entities/provider-config.ts';
import { UserAccount } from '../db/entities/user-account.ts';
import { asOwner } from '../db/session.ts';
import { SecretUnreadable } from '../secrets/envelope.ts';
import { openCredentials } from './credentials.ts';
import { EndpointRefused, assertEndpointAllowed, mayBePrivate } from './endpoint.ts';
import { unavailable } from './unavailable.ts';

export type ReachConfig = Pick<
  Config,
  'encryptionKeys' | 'allowPrivateEndpoints' | 'environmentProviders' | 'adapters'
>;

/** How a model's provider is reached now. */
export interface Reach {
  readonly endpoint: string;
  readonly apiKey: string | undefined;
  readonly hasJsonSchema: boolean;
  /** The name of a custom provider's module. */
  readonly adapter: string | null;
}

/** A provider of the environment: the operator named its address, so it may be anywhere. Throws `ModelCallFailed`. */
export function reachEnvironment(
  { environmentProviders }: ReachConfig,
  model: ResolvedModel,
): Reach {
  const found = environmentProviders.find(({ name }) => name === model.provider);
  if (!found || found.providerType !== model.providerType)
    throw unavailable(model, 'it has no configuration; add it with POST /v1/providers');
  const { endpoint, apiKey } = found;
  return { endpoint, apiKey, hasJsonSchema: true, adapter: null };
}

/** A provider that was added, as its row is now: switched on, with its credentials. Throws `ModelCallFailed`. */
export async function reachStored(
  em: EntityManager,
  config: ReachConfig,
  ownerId: string,
  model: ResolvedModel & { readonly providerConfigId: string },
): Promise<Reach> {
  const owned = asOwner(em, ownerId);
  const row = await owned.findOne(
    ProviderConfig,
    { id: model.providerConfigId },
    { populate: ['credentials'] },
  );
  if (!row) throw unavailable(model, 'it was deleted; add it anew, or name another model');
  if (!row.enabled)
    throw unavailable(model, 'it is switched off; enable it, or name another model');
  const entry = await owned.findOne(ModelCatalogEntry, {
    providerConfigId: row.id,
    modelName: model.model,
  });
  const capabilities = entry?.capabilities ?? [];
  try {
    await assertAllowed(owned, config, row);
    return {
      endpoint: row.apiEndpoint,
      apiKey: apiKeyOf(config, row),
      hasJsonSchema: capabilities.length === 0 || capabilities.includes('json'),
      adapter: row.adapter ?? null,
    };
  } catch (error) {
    if (error instanceof EndpointRefused || error instanceof SecretUnreadable)
      throw unavailable(model, error.message, error.retryable);
    throw error;
  }
}

/** Of an owner's own provider, the owner's roles of now decide; a shared one was made by one who runs the machine. */
async function assertAllowed(
  em: EntityManager,
  { allowPrivateEndpoints }: ReachConfig,
  { apiEndpoint, ownerId }: ProviderConfig,
): Promise<void> {
  if (apiEndpoint === '') return; // A rehearsal, or an adapter that knows its own address.
  const owner = ownerId == null ? null : await em.findOne(UserAccount, { id: ownerId });
  const isPermitted = ownerId == null || mayBePrivate(owner?.roles ?? []);
  await assertEndpointAllowed(apiEndpoint, allowPrivateEndpoints && isPermitted);
}

function apiKeyOf({ encryptionKeys }: ReachConfig, row: ProviderConfig): string | undefined {
  const { id, authType, credentials, credentialsKeyId } = row;
  if (authType === 'none' || !credentials || !credentialsKeyId) return undefined;
  const owned = { id, ownerId: row.ownerId ?? null };
  const sealed = { envelope: credentials, keyId: credentialsKeyId };
  return openCredentials(encryptionKeys, owned, sealed).apiKey;
}
