import { type EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { expect } from 'vitest';
import { bootstrap } from '../../../infra/db/bootstrap.ts';
import { ormConfig } from '../../../infra/db/orm.config.ts';
import { asOwner, asPrincipal } from '../../../infra/db/session.ts';
import { Project } from '../../../infra/db/entities/project.ts';
import { parseApiKey } from '../../../infra/identity/api-keys.ts';
import { test } from './two-owners.ts';

const DOOR = 'select * from conclave.authenticate(?, ?)';

test('a first start makes one administrator, one project, one key; a second one nothing, unless a key is asked for', async ({
  database,
  admin,
}) => {
  const made = await Promise.all([bootstrap(database.systemUrl), bootstrap(database.ownerUrl)]);
  const again = await bootstrap(database.systemUrl);
  const asked = await bootstrap(database.systemUrl, { newKey: true });

  expect(made.filter(({ apiKey }) => apiKey !== null)).toHaveLength(1);
  expect(again).toEqual({ ...made[0], apiKey: null });
  expect(parseApiKey(asked.apiKey!)).not.toBeNull();
  const { rows } = await admin.query(
    `select (select count(*) from user_account)::int as users, (select count(*) from project)::int as projects,
       (select count(*) from api_key)::int as keys`,
  );
  expect(rows).toEqual([{ users: 1, projects: 1, keys: 2 }]);
});

test('a key opens the door to its user, until it is revoked, has expired, or the user is deactivated', async ({
  database,
  orm,
  admin,
}) => {
  const { apiKey, userId } = await bootstrap(database.systemUrl, { newKey: true });
  const { prefix, hash } = parseApiKey(apiKey!)!;
  const open = () => orm.em.fork().execute<object[]>(DOOR, [prefix, hash]);

  expect(await open()).toEqual([
    expect.objectContaining({
      user_id: userId,
      username: 'admin',
      roles: ['admin'],
      scopes: ['read', 'run', 'approve', 'admin'],
    }),
  ]);
  expect(await orm.em.fork().execute(DOOR, [prefix, Buffer.alloc(32)])).toEqual([]);
  for (const [table, change, undo] of [
    ['api_key', 'revoked_at = now()', 'revoked_at = null'],
    // The column keeps milliseconds and rounds: now() itself may lie half of one ahead.
    ['api_key', "expires_at = date_trunc('milliseconds', now())", 'expires_at = null'],
    ['user_account', 'is_active = false', 'is_active = true'],
  ]) {
    await admin.query(`update ${table} set ${change}`);
    expect(await open(), change).toEqual([]);
    await admin.query(`update ${table} set ${undo}`);
  }
  expect(await open()).toHaveLength(1);
});

test('the last use of a key is written at most once a minute', async ({ database, orm, admin }) => {
  const { prefix, hash } = parseApiKey(
    (await bootstrap(database.systemUrl, { newKey: true })).apiKey!,
  )!;
  const use = async () => {
    await orm.em.fork().execute(DOOR, [prefix, hash]);
    const { rows } = await admin.query<{ last: Date }>(
      'select last_used_at as last from api_key where prefix = $1',
      [prefix],
    );
    return rows[0]!.last.getTime();
  };

  const first = await use();
  expect(await use()).toBe(first);
  await admin.query(`update api_key set last_used_at = last_used_at - interval '2 minutes'`);
  expect(await use()).toBeGreaterThanOrEqual(first);
});

test('a fork sees what its principal may: the own rows, all of them as an administrator, none without one', async ({
  orm,
  world,
}) => {
  const owners = async (em: EntityManager) => {
    const projects = await em.find(Project, { ownerId: [world.one, world.two] });
    return new Set(projects.map(({ ownerId }) => ownerId));
  };

  expect(await owners(asOwner(orm.em, world.one))).toEqual(new Set([world.one]));
  expect(await owners(asPrincipal(orm.em, { userId: world.two, roles: ['operator'] }))).toEqual(
    new Set([world.two]),
  );
  expect(
    await owners(asPrincipal(orm.em, { userId: world.two, roles: ['member', 'admin'] })),
  ).toEqual(new Set([world.one, world.two]));
  expect(await owners(orm.em.fork())).toEqual(new Set());
});

test('a statement of the application ends by itself', async ({ database }) => {
  const app = await MikroORM.init(ormConfig(database.appUrl));
  const migrating = await MikroORM.init(ormConfig(database.ownerUrl, { timeouts: false }));

  expect([await limit(app), await limit(migrating)]).toEqual([
    [{ limit: '30s' }],
    [{ limit: '0' }],
  ]);
  await app.close();
  await migrating.close();
});

const limit = (orm: MikroORM) =>
  orm.em.fork().execute(`select current_setting('statement_timeout') as limit`);
