import { z } from 'zod';
import type { EnvironmentProvider } from '../../../infra/config/environment-providers.ts';
import type { ModelCatalogEntry } from '../../../infra/db/entities/model-catalog-entry.ts';
import type { ProviderConfig } from '../../../infra/db/entities/provider-config.ts';
import { REHEARSAL, REHEARSAL_MODEL } from '../../../infra/executions/choose-model.ts';
import { DEFAULT_MODELS } from '../../../infra/llm/defaults.ts';

const usd = z.string().nullable();
export const ModelView = z
  .strictObject({
    source: z.enum(['stored', 'environment', 'built_in']).meta({
      description:
        'stored: of a provider that was added; environment: of one that the environment configures.',
    }),
    provider: z.string(),
    name: z.string(),
    contextWindow: z.int().nullable(),
    maxOutputTokens: z.int().nullable(),
    isLocal: z.boolean(),
    capabilities: z.array(z.string()),
    inputUsdPerMtok: usd,
    outputUsdPerMtok: usd,
    cachedUsdPerMtok: usd,
    enabled: z.boolean().meta({ description: 'False also where its provider is switched off.' }),
    shared: z.boolean(),
  })
  .meta({ id: 'Model' });

export const viewModel = (
  provider: ProviderConfig,
  entry: ModelCatalogEntry,
): z.infer<typeof ModelView> => ({
  source: 'stored',
  provider: provider.name,
  name: entry.modelName,
  contextWindow: entry.contextWindow ?? null,
  maxOutputTokens: entry.maxOutputTokens ?? null,
  isLocal: entry.isLocal,
  capabilities: entry.capabilities,
  inputUsdPerMtok: entry.inputUsdPerMtok ?? null,
  outputUsdPerMtok: entry.outputUsdPerMtok ?? null,
  cachedUsdPerMtok: entry.cachedUsdPerMtok ?? null,
  enabled: provider.enabled && entry.enabled,
  shared: provider.ownerId == null,
});

/** Of a provider of the environment: nothing is known of it but its name. */
export function viewEnvironmentModels({
  name: provider,
  providerType,
}: EnvironmentProvider): z.infer<typeof ModelView>[] {
  const name = DEFAULT_MODELS[providerType];
  return name === undefined ? [] : [{ ...UNKNOWN, source: 'environment', provider, name }];
}

const UNKNOWN = {
  contextWindow: null,
  maxOutputTokens: null,
  isLocal: false,
  capabilities: [],
  inputUsdPerMtok: null,
  outputUsdPerMtok: null,
  cachedUsdPerMtok: null,
  enabled: true,
  shared: true,
};

/** Always there, needs no key, costs nothing. */
export const BUILT_IN: z.infer<typeof ModelView> = {
  ...UNKNOWN,
  source: 'built_in',
  provider: REHEARSAL,
  name: REHEARSAL_MODEL,
  capabilities: ['json', 'stream'],
  inputUsdPerMtok: '0.000000',
  outputUsdPerMtok: '0.000000',
  cachedUsdPerMtok: '0.000000',
};
