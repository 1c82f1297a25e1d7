import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { Project } from '../../infra/db/entities/project.ts';
import { UserAccount } from '../../infra/db/entities/user-account.ts';
import { NotFound } from '../../workflows/contract/errors.ts';
import { USER_ROLES } from '../../workflows/domain/enums.ts';
import { created, ok } from '../http/answers.ts';
import { findPage, pageOf, paging } from '../http/paging.ts';
import { type Access, idOf, type Route, route } from '../http/route.ts';
import { moment } from '../http/wire.ts';
import { IssuedKey, issueKey, NewKey } from './keys.ts';

/** Users are the business of admins alone. */
const ADMINS: Access = { scope: 'admin', roles: ['admin'] };

const NewUser = z
  .strictObject({
    username: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'use 1 to 64 letters, digits, ., _ and -'),
    email: z.email().max(320),
    displayName: z.string().min(1).max(255).nullable().default(null),
    roles: z
      .array(z.enum(USER_ROLES))
      .min(1)
      .refine((roles) => new Set(roles).size === roles.length, 'name each role once')
      .default(['member']),
  })
  .meta({ id: 'NewUser' });
const UserView = z
  .strictObject({
    id: z.uuid(),
    username: z.string(),
    email: z.string(),
    displayName: z.string().nullable(),
    roles: z.array(z.enum(USER_ROLES)),
    isActive: z.boolean(),
    createdAt: moment,
  })
  .meta({ id: 'User' });

/** `/v1/users`: the people who may use this, and their keys. */
export function userRoutes(): Route[] {
  return [
    route({
      method: 'post',
      path: '/v1/users',
      access: ADMINS,
      tag: 'users',
      summary: 'Add a user, with a project of the name "default"',
      body: NewUser,
      answers: { 201: UserView },
      handle: async ({ em, body }) => {
        const user = em.create(UserAccount, body);
        await em.flush();
        em.create(Project, { ownerId: user.id, name: 'default' });
        await em.flush();
        return created(view(user), { location: `/v1/users/${user.id}` });
      },
    }),
    route({
      method: 'get',
      path: '/v1/users',
      access: ADMINS,
      tag: 'users',
      summary: 'List users',
      query: paging,
      answers: { 200: pageOf(UserView) },
      handle: async ({ em, query }) => {
        const { rows, nextCursor } = await findPage(em, UserAccount, {}, query);
        return ok({ items: rows.map(view), nextCursor });
      },
    }),
    route({
      method: 'get',
      path: '/v1/users/:id',
      access: ADMINS,
      tag: 'users',
      summary: 'Read a user',
      params: { id: idOf('user') },
      answers: { 200: UserView },
      handle: async ({ em, params }) => ok(view(await load(em, params.id))),
    }),
    route({
      method: 'post',
      path: '/v1/users/:id/api-keys',
      access: ADMINS,
      tag: 'users',
      summary: 'Make an API key for a user; it is shown once',
      params: { id: idOf('user') },
      body: NewKey,
      answers: { 201: IssuedKey },
      handle: async ({ em, params, body }) => {
        const user = await load(em, params.id);
        const key = await issueKey(em, user, body);
        return created(key, { location: `/v1/users/${user.id}`, secret: true });
      },
    }),
  ];
}

async function load(em: EntityManager, id: string): Promise<UserAccount> {
  const user = await em.findOne(UserAccount, { id });
  if (!user) throw new NotFound('user');
  return user;
}

const view = (user: UserAccount): z.infer<typeof UserView> => ({
  id: user.id,
  username: user.username,
  email: user.email,
  displayName: user.displayName ?? null,
  roles: user.roles,
  isActive: user.isActive,
  createdAt: user.createdAt.toISOString(),
});
