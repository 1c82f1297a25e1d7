import { z } from 'zod';
import type { ModelCatalogEntry } from '../../../infra/db/entities/model-catalog-entry.ts';
import type { ProviderConfig } from '../../../infra/db/entities/provider-config.ts';
import { ADAPTERS } from '../../../infra/llm/adapters.ts';
import { AUTH_TYPES, PROVIDER_TYPES } from '../../../workflows/domain/enums.ts';
import { moment } from '../../http/wire.ts';

const MODEL_SKILLS = ['tools', 'json', 'vision', 'stream'] as const;

/** US dollars per million tokens, kept exactly; a number is taken to six places. */
const price = z
  .union([
    z
      .number()
      .min(0)
      .max(1_000_000)
      .transform((usd) => usd.toFixed(6)),
    z.string().regex(/^\d{1,7}(\.\d{1,6})?$/, 'use a decimal such as 2.50'),
  ])
  .nullable()
  .default(null);

export const CatalogModel = z
  .strictObject({
    name: z.string().min(1).max(128),
    contextWindow: z.int().min(1).max(2_000_000_000).nullable().default(null),
    maxOutputTokens: z.int().min(1).max(2_000_000_000).nullable().default(null),
    isLocal: z.boolean().default(false),
    capabilities: z.array(z.enum(MODEL_SKILLS)).max(MODEL_SKILLS.length).default([]),
    inputUsdPerMtok: price,
    outputUsdPerMtok: price,
    cachedUsdPerMtok: price,
  })
  .meta({ id: 'NewModel' });
export type CatalogModel = z.infer<typeof CatalogModel>;

const fields = {
  name: z
    .string()
    .min(1)
    .max(128)
    .regex(/^\S(.*\S)?$/, 'begins and ends without a space'),
  apiEndpoint: z.string().min(1).max(512),
  authType: z.enum(AUTH_TYPES),
  /** Write-only; null takes them away. */
  credentials: z.strictObject({ apiKey: z.string().min(1).max(10_000) }).nullable(),
  models: z
    .array(CatalogModel)
    .max(500)
    .refine(
      (models) => new Set(models.map(({ name }) => name)).size === models.length,
      'name each model once',
    ),
  enabled: z.boolean(),
};

export const NewProvider = z
  .strictObject({
    ...fields,
    providerType: z.enum(
      ADAPTERS,
      `can be ${ADAPTERS.join(' or ')}; use openai_compatible for whatever speaks its protocol`,
    ),
    apiEndpoint: fields.apiEndpoint.optional(),
    authType: fields.authType.default('bearer_token'),
    credentials: fields.credentials.default(null),
    models: fields.models.default([]),
    enabled: fields.enabled.default(true),
    shared: z.boolean().default(false).meta({ description: 'For all owners; takes an operator.' }),
  })
  .refine(
    ({ providerType, apiEndpoint }) => providerType === 'rehearsal' || apiEndpoint !== undefined,
    { path: ['apiEndpoint'], message: 'is needed: where the provider answers' },
  )
  .meta({ id: 'NewProvider' });

/** `models` replaces the whole list. */
export const ProviderChange = z.strictObject(fields).partial().meta({ id: 'ProviderChange' });
export type ProviderChange = z.infer<typeof ProviderChange>;

const usd = z.string().nullable();
export const ModelView = z
  .strictObject({
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

export const ProviderView = z
  .strictObject({
    id: z.uuid(),
    name: z.string(),
    providerType: z.enum(PROVIDER_TYPES),
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

export const viewModel = (
  provider: ProviderConfig,
  entry: ModelCatalogEntry,
): z.infer<typeof ModelView> => ({
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

export const viewProvider = (
  provider: ProviderConfig,
  entries: readonly ModelCatalogEntry[],
): z.infer<typeof ProviderView> => ({
  id: provider.id,
  name: provider.name,
  providerType: provider.providerType,
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
