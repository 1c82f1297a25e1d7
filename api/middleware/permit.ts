import type { Principal } from '../../infra/db/session.ts';
import { EngineError } from '../../workflows/contract/errors.ts';
import type { ApiScope, UserRole } from '../../workflows/domain/enums.ts';
import type { Access } from '../http/route.ts';

/** The scopes that a role covers. What a route asks for beyond that (`admin` of users, say) it says in `roles`. */
export const ROLE_SCOPES: Readonly<Record<UserRole, readonly ApiScope[]>> = {
  viewer: ['read'],
  member: ['read', 'run', 'approve'],
  approver: ['read', 'run', 'approve'],
  operator: ['read', 'run', 'approve', 'admin'],
  admin: ['read', 'run', 'approve', 'admin'],
};

/** True when one of the roles covers the scope. */
export const covers = (roles: readonly UserRole[], scope: ApiScope): boolean =>
  roles.some((role) => ROLE_SCOPES[role].includes(scope));

/** Throws `forbidden` unless both the key and its user's roles allow it. */
export function permit({ scopes, roles }: Principal, access: Access): void {
  if (!scopes.includes(access.scope))
    throw forbidden(`This needs a key with the scope "${access.scope}".`);
  if (!covers(roles, access.scope))
    throw forbidden(`Your roles do not cover the scope "${access.scope}"; ask an admin.`);
  if (access.roles && !access.roles.some((role) => roles.includes(role)))
    throw forbidden(`This needs the role ${access.roles.join(' or ')}; ask an admin.`);
}

/** Who may write what all owners share. */
export const SHARED_WRITERS: Access = { scope: 'admin', roles: ['admin', 'operator'] };

export const forbidden = (message: string): EngineError => new EngineError('forbidden', message);
