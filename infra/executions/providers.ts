import type { ResolvedModel } from '../../workflows/contract/definition.ts';
import { callIn } from '../db/call.ts';
import type { ModelCatalogEntry } from '../db/entities/model-catalog-entry.ts';
import type { ProviderConfig } from '../db/entities/provider-config.ts';
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
  readonly catalog: readonly CatalogEntry[];
};

/** A model as its provider lists it. */
type CatalogEntry = Pick<
  ModelCatalogEntry,
  | 'modelName'
  | 'contextWindow'
  | 'maxOutputTokens'
  | 'inputUsdPerMtok'
  | 'outputUsdPerMtok'
  | 'cachedUsdPerMtok'
>;

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
export const loadProviders = ({ em, ownerId }: Scope): Promise<Provider[]> =>
  callIn(em)('providers_of', [ownerId]);

/** A provider's model as an execution keeps it; without a catalog entry nothing is known of limits and prices. */
export function resolvedModel(
  provider: Provider,
  model: string,
  entry: CatalogEntry | undefined,
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
