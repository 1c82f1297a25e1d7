import { defineEntity, p } from '@mikro-orm/core';
import { AUTH_TYPES, PROVIDER_TYPES } from '../../../workflows/domain/enums.ts';
import { sized } from '../checks.ts';
import { bag, id, rowVersion, timestamps } from '../columns.ts';

const limit = (column: string) => p.integer().check(`${column} > 0`).nullable();

const ProviderConfigSchema = defineEntity({
  name: 'ProviderConfig',
  properties: {
    id,
    /** Null: shared by all. */
    ownerId: p.uuid().nullable(),
    name: p.text().check(sized('name', 1, 128)),
    providerType: p.enum(PROVIDER_TYPES),
    /** Module of a `custom` one. */
    adapter: p.text().check('length(adapter) <= 255').nullable(),
    apiEndpoint: p.text().check('length(api_endpoint) <= 512'),
    authType: p.enum(AUTH_TYPES),
    /** An encrypted envelope, bound to this row. */
    credentials: p.blob().nullable().lazy(),
    credentialsKeyId: p.text().nullable(),
    /** Limits; null: none. */
    requestsPerMinute: limit('requests_per_minute'),
    tokensPerMinute: limit('tokens_per_minute'),
    maxConcurrent: limit('max_concurrent'),
    enabled: p.boolean().default(true),
    metadata: bag(),
    ...timestamps,
    rowVersion,
  },
  checks: [
    {
      name: 'provider_config_credentials_check',
      expression: '(credentials is null) = (credentials_key_id is null)',
    },
  ],
  uniques: [
    { properties: ['ownerId', 'name'], where: 'owner_id is not null' },
    { name: 'provider_config_shared_name_key', properties: ['name'], where: 'owner_id is null' },
  ],
  indexes: [{ name: 'provider_config_enabled_idx', properties: ['name'], where: 'enabled' }],
});

/** A provider of models, and how it is reached. */
export class ProviderConfig extends ProviderConfigSchema.class {}
ProviderConfigSchema.setClass(ProviderConfig);
