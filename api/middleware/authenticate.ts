import type { MikroORM } from '@mikro-orm/postgresql';
import type { RequestHandler } from 'express';
import type { Principal } from '../../infra/db/session.ts';
import { parseApiKey } from '../../infra/identity/api-keys.ts';
import { EngineError } from '../../workflows/contract/errors.ts';
import type { ApiScope, UserRole } from '../../workflows/domain/enums.ts';

declare global {
  namespace Express {
    interface Request {
      /** Who is asking: set by `authenticate`, before anything else looks at the request. */
      principal?: Principal;
    }
  }
}

interface DoorRow {
  readonly user_id: string;
  readonly username: string;
  readonly roles: UserRole[];
  readonly scopes: ApiScope[];
  readonly key_id: string;
}

/** Finds who an API key belongs to. Every reason to refuse looks the same from outside. */
export const authenticate =
  ({ em }: MikroORM): RequestHandler =>
  async (req, _res, next) => {
    const [, credentials] = /^Bearer +(\S+) *$/i.exec(req.headers.authorization ?? '') ?? [];
    const key = credentials === undefined ? null : parseApiKey(credentials);
    const [row] = key
      ? await em
          .fork()
          .execute<DoorRow[]>('select * from conclave.authenticate(?, ?)', [key.prefix, key.hash])
      : [];
    if (!row)
      throw new EngineError(
        'unauthenticated',
        'Send a valid API key as "Authorization: Bearer <key>".',
      );
    const { user_id: userId, username, roles, scopes, key_id: keyId } = row;
    req.principal = { userId, username, roles, scopes, keyId };
    next();
  };
