import type { Principal } from '../../infra/db/session.ts';
import { EngineError } from '../../workflows/contract/errors.ts';
import { covers } from '../../workflows/domain/roles.ts';
import type { Access } from '../http/route.ts';

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
