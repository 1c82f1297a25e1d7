import { z } from 'zod';
import type { EnvironmentProvider } from '../../../infra/config/environment-providers.ts';
import type { ModelCatalogEntry } from '../../../infra/db/entities/model-catalog-entry.ts';
import type { ProviderConfig } from '../../../infra/db/entities/provider-config.ts';
import { AUTH_TYPES, PROVIDER_TYPES } from '../../../workflows/domain/enums.ts';
import { moment } from '../../http/wire.ts';
import { ModelView, viewEnvironmentModels, viewModel } from './model-views.ts';

export const ProviderView = z
  .strictObject({
    source: z.literal('stored'),
    id: z.uuid(),
    name: z.string(),
    providerType: z.enum(PROVIDER_TYPES),
    adapter: z.string().nullable(),
    apiEndpoint: z.string(),
    authType: z.enum(AUTH_TYPES),
    hasCredentials: z.boolean(),
    credentialsKeyId: z
      .string()
      .nullable()
      .meta({ description: 'Which encryption key the credentials are sealed with.' }),
    enabled: z.boolean(),
    shared: z.boolean(),
    models: z.array(ModelView),
    createdAt: moment,
    updatedAt: moment,
  })
  .meta({ id: 'Provider' });

/** Neither its address nor anything of its credentials is shown; it cannot be changed here. */
const EnvironmentProviderView = z
  .strictObject({
    source: z.literal('environment'),
    name: z.string(),
    providerType: z.enum(PROVIDER_TYPES),
    hasCredentials: z.boolean(),
    enabled: z.literal(true),
    shared: z.literal(true),
    models: z.array(ModelView),
  })
  .meta({ id: 'EnvironmentProvider' });

/** A provider in a list. */
export const ListedProvider = z.discriminatedUnion('source', [
  ProviderView,
  EnvironmentProviderView,
]);

export const viewProvider = (
  provider: ProviderConfig,
  entries: readonly ModelCatalogEntry[],
): z.infer<typeof ProviderView> => ({
  source: 'stored',
  id: provider.id,
  name: provider.name,
  providerType: provider.providerType,
  adapter: provider.adapter ?? null,
  apiEndpoint: provider.apiEndpoint,
  authType: provider.authType,
  hasCredentials: provider.credentialsKeyId != null,
  credentialsKeyId: provider.credentialsKeyId ?? null,
  enabled: provider.enabled,
  shared: provider.ownerId == null,
  models: entries
    .filter(({ providerConfigId }) => providerConfigId === provider.id)
    .map((entry) => viewModel(provider, entry)),
  createdAt: provider.createdAt.toISOString(),
  updatedAt: provider.updatedAt.toISOString(),
});

/** A provider of the environment; it lists its type's default model, and any other may be named as well. */
export const viewEnvironmentProvider = (
  provider: EnvironmentProvider,
): z.infer<typeof EnvironmentProviderView> => ({
  source: 'environment',
  name: provider.name,
  providerType: provider.providerType,
  hasCredentials: provider.apiKey !== undefined,
  enabled: true,
  shared: true,
  models: viewEnvironmentModels(provider),
});
