import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { ApiKey } from '../../infra/db/entities/api-key.ts';
import { newApiKey } from '../../infra/identity/api-keys.ts';
import { InvalidRequest } from '../../workflows/contract/errors.ts';
import { API_SCOPES, type UserRole } from '../../workflows/domain/enums.ts';
import { covers } from '../../workflows/domain/roles.ts';
import { moment } from '../http/wire.ts';
import { forbidden } from '../middleware/permit.ts';

export const NewKey = z
  .strictObject({
    name: z.string().min(1).max(255),
    scopes: z
      .array(z.enum(API_SCOPES))
      .min(1)
      .refine((scopes) => new Set(scopes).size === scopes.length, 'name each scope once'),
    expiresAt: z.iso.datetime({ offset: true }).optional(),
  })
  .meta({ id: 'NewApiKey' });

/** The answer of whoever makes a key: the only time that the key is shown. */
export const IssuedKey = z
  .strictObject({ id: z.uuid(), prefix: z.string(), key: z.string() })
  .meta({ id: 'IssuedApiKey' });

export const KeyView = z
  .strictObject({
    id: z.uuid(),
    name: z.string(),
    prefix: z.string(),
    scopes: z.array(z.enum(API_SCOPES)),
    expiresAt: moment.nullable(),
    lastUsedAt: moment.nullable(),
    revokedAt: moment.nullable(),
    createdAt: moment,
  })
  .meta({ id: 'ApiKey' });

/** Makes a key for a user; its scopes must be covered by the user's roles. */
export async function issueKey(
  em: EntityManager,
  user: { readonly id: string; readonly roles: readonly UserRole[] },
  { name, scopes, expiresAt }: z.infer<typeof NewKey>,
): Promise<z.infer<typeof IssuedKey>> {
  const uncovered = scopes.filter((scope) => !covers(user.roles, scope));
  if (uncovered.length > 0)
    throw forbidden(`The user's roles do not cover ${uncovered.join(', ')}; leave it out.`);
  const end = expiresAt === undefined ? null : new Date(expiresAt);
  if (end && end.getTime() <= Date.now())
    throw new InvalidRequest([{ path: 'expiresAt', message: 'is in the past' }]);
  const { key, prefix, hash: keyHash } = newApiKey();
  const row = em.create(ApiKey, {
    ownerId: user.id,
    name,
    prefix,
    keyHash,
    scopes,
    expiresAt: end,
  });
  await em.flush();
  return { id: row.id, prefix, key };
}

export const viewKey = (key: ApiKey): z.infer<typeof KeyView> => ({
  id: key.id,
  name: key.name,
  prefix: key.prefix,
  scopes: key.scopes,
  expiresAt: key.expiresAt?.toISOString() ?? null,
  lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
  revokedAt: key.revokedAt?.toISOString() ?? null,
  createdAt: key.createdAt.toISOString(),
});
