import { defineEntity, p } from '@mikro-orm/core';
import { sized } from '../checks.ts';
import { id, timestamps, usd, words } from '../columns.ts';

const price = (column: string) => usd().check(`${column} >= 0`).nullable();

const ModelCatalogEntrySchema = defineEntity({
  name: 'ModelCatalogEntry',
  properties: {
    id,
    /** As its provider's. */
    ownerId: p.uuid().nullable(),
    providerConfigId: p.uuid(),
    modelName: p.text().check(sized('model_name', 1, 128)),
    contextWindow: p.integer().check('context_window > 0').nullable(),
    maxOutputTokens: p.integer().check('max_output_tokens > 0').nullable(),
    /** Prices per million tokens; null: not known. */
    inputUsdPerMtok: price('input_usd_per_mtok'),
    outputUsdPerMtok: price('output_usd_per_mtok'),
    cachedUsdPerMtok: price('cached_usd_per_mtok'),
    /** Of `tools`, `json`, `vision`, `stream`. */
    capabilities: words().default([]),
    isLocal: p.boolean().default(false),
    enabled: p.boolean().default(true),
    ...timestamps,
  },
  uniques: [{ properties: ['providerConfigId', 'modelName'] }],
  indexes: [{ properties: ['ownerId'] }],
});

/** A model that a provider has, with its limits and prices. */
export class ModelCatalogEntry extends ModelCatalogEntrySchema.class {}
ModelCatalogEntrySchema.setClass(ModelCatalogEntry);
