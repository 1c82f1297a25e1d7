import type { ApiScope, UserRole } from './enums.ts';

/** The scopes that a role covers. What a route asks for beyond that (`admin` of users, say) it says itself. */
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
