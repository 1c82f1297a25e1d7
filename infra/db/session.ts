import type { EntityManager } from '@mikro-orm/postgresql';
import type { ApiScope, UserRole } from '../../workflows/domain/enums.ts';

/** Who is asking: a user by an API key. */
export interface Principal {
  readonly userId: string;
  readonly username: string;
  readonly roles: readonly UserRole[];
  readonly scopes: readonly ApiScope[];
  readonly keyId: string;
}

/** The names under which a user can be asked: himself, and each of his roles. */
export const principalsOf = ({ userId, roles }: Pick<Principal, 'userId' | 'roles'>): string[] => [
  `user:${userId}`,
  ...roles.map((each) => `role:${each}`),
];

/** A fork that sees and writes what this principal may. */
export function asPrincipal(
  em: EntityManager,
  { userId, roles }: Pick<Principal, 'userId' | 'roles'>,
): EntityManager {
  const role = (['admin', 'operator'] as const).find((each) => roles.includes(each)) ?? '';
  return underContext(em, userId, role, roles);
}

/** A fork that sees and writes what belongs to this owner, and sees what is shared: for activities. */
export const asOwner = (em: EntityManager, ownerId: string): EntityManager =>
  underContext(em, ownerId, '', []);

function underContext(
  em: EntityManager,
  userId: string,
  role: 'admin' | 'operator' | '',
  roles: readonly UserRole[],
): EntityManager {
  const fork = em.fork();
  fork.setSessionContext({
    variables: {
      'app.user_id': userId,
      'app.role': role,
      'app.principals': principalsOf({ userId, roles }).join(','),
    },
  });
  return fork;
}
