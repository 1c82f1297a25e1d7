import type { EntityManager } from '@mikro-orm/postgresql';
import type { ResolvedModel } from '../../workflows/contract/definition.ts';
import { ModelCatalogEntry } from '../db/entities/model-catalog-entry.ts';
import { ProviderConfig } from '../db/entities/provider-config.ts';
import type { EnvironmentProvider } from '../config/environment-providers.ts';
import { DEFAULT_MODELS } from '../llm/defaults.ts';
import type { Scope } from './references.ts';

/** A provider as far as choosing a model needs it; its credentials stay in the database. */
export type Provider = Pick<ProviderConfig, 'name' | 'providerType' | 'enabled'> & {
  /** Null: the environment configures it. */
  readonly id: string | null;
  readonly ownerId: string | null;
  readonly hasCredentials: boolean;
  /** What it lists, oldest entry first; empty: nothing is listed, any model may be asked for. */
  readonly catalog: readonly ModelCatalogEntry[];
};

/** A provider of the environment: it comes after all that were added, and any of its models may be asked for. */
export const environmentProvider = ({
  name,
  providerType,
  apiKey,
}: EnvironmentProvider): Provider => ({
  id: null,
  ownerId: null,
  name,
  providerType,
  enabled: true,
  hasCredentials: apiKey !== undefined,
  catalog: [],
});

/** The model of a provider where none is named: the first that it lists, else the one of its type; null: there is none. */
export const defaultModelOf = ({ catalog, providerType }: Provider): string | null =>
  catalog[0]?.modelName ?? DEFAULT_MODELS[providerType] ?? null;

/** The owner's and the shared providers with their catalogs, one's own first, each oldest first. */
export async function loadProviders({ em, ownerId }: Scope): Promise<Provider[]> {
  const rows = await em.find(
    ProviderConfig,
    { $or: [{ ownerId }, { ownerId: null }] },
    {
      fields: ['id', 'ownerId', 'name', 'providerType', 'enabled', 'credentialsKeyId', 'createdAt'],
      orderBy: { createdAt: 'asc', id: 'asc' },
    },
  );
  const catalog = await loadCatalog(
    em,
    rows.map(({ id }) => id),
  );
  return rows
    .map(({ id, ownerId: owner, name, providerType, enabled, credentialsKeyId }) => ({
      id,
      ownerId: owner ?? null,
      name,
      providerType,
      enabled,
      hasCredentials: credentialsKeyId != null,
      catalog: catalog.filter(({ providerConfigId }) => providerConfigId === id),
    }))
    .toSorted((a, b) => Number(a.ownerId === null) - Number(b.ownerId === null));
}

async function loadCatalog(
  em: EntityManager,
  providerIds: readonly string[],
): Promise<ModelCatalogEntry[]> {
  if (providerIds.length === 0) return [];
  return em.find(
    ModelCatalogEntry,
    { providerConfigId: { $in: [...providerIds] }, enabled: true },
    { orderBy: { createdAt: 'asc', id: 'asc' } },
  );
}

/** A provider's model as an execution keeps it; without a catalog entry nothing is known of limits and prices. */
export function resolvedModel(
  provider: Provider,
  model: string,
  entry: ModelCatalogEntry | undefined,
): ResolvedModel {
  // A rehearsal costs nothing, whatever name its provider has.
  const free = provider.providerType === 'rehearsal' ? '0' : null;
  return {
    provider: provider.name,
    providerConfigId: provider.id,
    providerType: provider.providerType,
    model,
    contextWindow: entry?.contextWindow ?? null,
    maxOutputTokens: entry?.maxOutputTokens ?? null,
    inputUsdPerMtok: entry?.inputUsdPerMtok ?? free,
    outputUsdPerMtok: entry?.outputUsdPerMtok ?? free,
    cachedUsdPerMtok: entry?.cachedUsdPerMtok ?? free,
  };
}
