import { z } from 'zod';
import { SENDABLE_KEY } from '../../../infra/llm/credentials.ts';
import { HOSTED_ENDPOINTS } from '../../../infra/llm/defaults.ts';
import { AUTH_TYPES, PROVIDER_TYPES, type ProviderType } from '../../../workflows/domain/enums.ts';

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

const limit = z.int().min(1).max(2_000_000_000).nullable().default(null);

/** What all calls of the provider together may come to; null: no limit. Kept here; calls are not paced by it yet. */
export const RateLimits = z
  .strictObject({ requestsPerMinute: limit, tokensPerMinute: limit, maxConcurrent: limit })
  .meta({
    id: 'RateLimits',
    description: 'Kept with the provider. Calls are not paced by it yet: a 429 is waited for.',
  });

const fields = {
  name: z
    .string()
    .min(1)
    .max(128)
    .regex(/^\S(.*\S)?$/, 'begins and ends without a space'),
  apiEndpoint: z.string().min(1).max(512),
  authType: z.enum(AUTH_TYPES),
  /** Write-only; null takes them away. */
  credentials: z
    .strictObject({
      apiKey: z
        .string()
        .min(1)
        .max(10_000)
        .regex(SENDABLE_KEY, 'has a character that no HTTP header can carry; copy it again'),
    })
    .nullable(),
  rateLimits: RateLimits,
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
      PROVIDER_TYPES,
      `can be ${PROVIDER_TYPES.join(', ')}; use openai_compatible for whatever speaks its protocol`,
    ),
    apiEndpoint: fields.apiEndpoint
      .optional()
      .meta({ description: 'Where hosted providers answer is known.' }),
    adapter: z
      .string()
      .max(64)
      .optional()
      .meta({ description: 'Of a custom provider: a name of CONCLAVE_ADAPTERS.' }),
    authType: fields.authType.default('bearer_token'),
    credentials: fields.credentials.default(null),
    rateLimits: fields.rateLimits.optional(),
    models: fields.models.default([]),
    enabled: fields.enabled.default(true),
    shared: z.boolean().default(false).meta({ description: 'For all owners; takes an operator.' }),
  })
  .refine(
    ({ providerType, apiEndpoint }) => !needsEndpoint(providerType) || apiEndpoint !== undefined,
    { path: ['apiEndpoint'], message: 'is needed: where the provider answers' },
  )
  .refine(({ providerType, adapter }) => (providerType === 'custom') === (adapter !== undefined), {
    path: ['adapter'],
    message: 'is needed for a custom provider, and for no other',
  })
  .meta({ id: 'NewProvider' });

const needsEndpoint = (providerType: ProviderType): boolean =>
  HOSTED_ENDPOINTS[providerType] === undefined && !['rehearsal', 'custom'].includes(providerType);

/** `models` replaces the whole list. */
export const ProviderChange = z.strictObject(fields).partial().meta({ id: 'ProviderChange' });
export type ProviderChange = z.infer<typeof ProviderChange>;
