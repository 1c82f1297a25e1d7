import { z } from 'zod';
import { ApiKey } from '../../infra/db/entities/api-key.ts';
import { UserAccount } from '../../infra/db/entities/user-account.ts';
import { NotFound } from '../../workflows/contract/errors.ts';
import { API_SCOPES, USER_ROLES } from '../../workflows/domain/enums.ts';
import { created, noContent, ok } from '../http/answers.ts';
import { findPage, pageOf, paging } from '../http/paging.ts';
import { idOf, type Route, route } from '../http/route.ts';
import { forbidden } from '../middleware/permit.ts';
import { IssuedKey, issueKey, KeyView, NewKey, viewKey } from './keys.ts';

const Me = z
  .strictObject({
    id: z.uuid(),
    username: z.string(),
    email: z.string(),
    roles: z.array(z.enum(USER_ROLES)),
    scopes: z.array(z.enum(API_SCOPES)).meta({ description: 'Of the key that asks.' }),
  })
  .meta({ id: 'Me' });

/** `/v1/me`: who the key belongs to, and that user's keys. */
export function meRoutes(): Route[] {
  return [
    route({
      method: 'get',
      path: '/v1/me',
      access: { scope: 'read' },
      tag: 'users',
      summary: 'Who am I?',
      answers: { 200: Me },
      handle: async ({ em, principal }) => {
        const { id, username, email, roles } = await em.findOneOrFail(UserAccount, {
          id: principal.userId,
        });
        return ok({ id, username, email, roles, scopes: principal.scopes });
      },
    }),
    route({
      method: 'post',
      path: '/v1/me/api-keys',
      access: { scope: 'run' },
      tag: 'users',
      summary: 'Make an API key; it is shown once',
      body: NewKey,
      answers: { 201: IssuedKey },
      handle: async ({ em, principal, body }) => {
        const beyond = body.scopes.filter((scope) => !principal.scopes.includes(scope));
        if (beyond.length > 0)
          throw forbidden(
            `A key makes no key that may more than itself: leave out ${beyond.join(', ')}.`,
          );
        const { userId: id, roles } = principal;
        const key = await issueKey(em, { id, roles }, body);
        return created(key, { location: `/v1/me/api-keys/${key.id}`, secret: true });
      },
    }),
    route({
      method: 'get',
      path: '/v1/me/api-keys',
      access: { scope: 'read' },
      tag: 'users',
      summary: 'List my API keys',
      query: paging,
      answers: { 200: pageOf(KeyView) },
      handle: async ({ em, principal, query }) => {
        const { rows, nextCursor } = await findPage(
          em,
          ApiKey,
          { ownerId: principal.userId },
          query,
        );
        return ok({ items: rows.map(viewKey), nextCursor });
      },
    }),
    route({
      method: 'delete',
      path: '/v1/me/api-keys/:id',
      access: { scope: 'run' },
      tag: 'users',
      summary: 'Revoke an API key',
      params: { id: idOf('API key') },
      answers: { 204: null },
      handle: async ({ em, principal, params }) => {
        const key = await em.findOne(ApiKey, { id: params.id, ownerId: principal.userId });
        if (!key) throw new NotFound('API key');
        key.revokedAt ??= new Date();
        return noContent();
      },
    }),
  ];
}
