import { defineEntity, p } from '@mikro-orm/core';
import { API_SCOPES, type ApiScope } from '../../../workflows/domain/enums.ts';
import { hash, sized, subset } from '../checks.ts';
import { createdAt, id, moment, words } from '../columns.ts';

const ApiKeySchema = defineEntity({
  name: 'ApiKey',
  properties: {
    id,
    ownerId: p.uuid(),
    name: p.text().check(sized('name', 1, 255)),
    prefix: p.character().length(8),
    /** sha-256 of the whole key, which is shown once and kept nowhere. */
    keyHash: p.blob().check(hash('key_hash')),
    scopes: words<ApiScope>().check(subset('scopes', API_SCOPES)),
    expiresAt: moment().nullable(),
    lastUsedAt: moment().nullable(),
    revokedAt: moment().nullable(),
    createdAt,
  },
  uniques: [{ properties: ['prefix'] }],
  indexes: [{ properties: ['ownerId', 'createdAt'] }],
});

/** A key that a program or a person calls the API with. */
export class ApiKey extends ApiKeySchema.class {}
ApiKeySchema.setClass(ApiKey);
