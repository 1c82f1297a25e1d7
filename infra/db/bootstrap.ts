import { MikroORM } from '@mikro-orm/postgresql';
import { API_SCOPES } from '../../workflows/domain/enums.ts';
import { newApiKey } from '../identity/api-keys.ts';
import { ApiKey } from './entities/api-key.ts';
import { Project } from './entities/project.ts';
import { UserAccount } from './entities/user-account.ts';
import { ormConfig } from './orm.config.ts';

export interface Bootstrapped {
  readonly userId: string;
  readonly projectId: string;
  /** A key of the administrator, told this once; null when it has one already. */
  readonly apiKey: string | null;
}

/**
 * What a fresh installation begins with: the user `admin`, its project `default`, and an API key. May be run again, and by
 * several at once. The address may be that of any role that is, or is a member of, `conclave_system`.
 * `newKey` asks for another key, for when the first one was lost.
 */
export async function bootstrap(
  databaseUrl: string,
  options: { readonly newKey?: boolean } = {},
): Promise<Bootstrapped> {
  const orm = await MikroORM.init(ormConfig(databaseUrl, { poolSize: 1 }));
  try {
    return await orm.em.fork().transactional(async (em) => {
      await em.execute('set local role conclave_system');
      await em.execute("select pg_advisory_xact_lock(hashtext('conclave/bootstrap'))");
      const user =
        (await em.findOne(UserAccount, { username: 'admin' })) ??
        em.create(UserAccount, { username: 'admin', email: 'admin@localhost', roles: ['admin'] });
      await em.flush(); // gives it its id
      const project =
        (await em.findOne(Project, { ownerId: user.id, name: 'default' })) ??
        em.create(Project, { ownerId: user.id, name: 'default' });
      await em.flush();
      const hasKey = (await em.count(ApiKey, { ownerId: user.id, revokedAt: null })) > 0;
      if (hasKey && !options.newKey)
        return { userId: user.id, projectId: project.id, apiKey: null };
      const { key, prefix, hash } = newApiKey();
      em.create(ApiKey, {
        ownerId: user.id,
        name: 'first start',
        prefix,
        keyHash: hash,
        scopes: [...API_SCOPES],
      });
      return { userId: user.id, projectId: project.id, apiKey: key };
    });
  } finally {
    await orm.close();
  }
}
