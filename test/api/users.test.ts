import { expect } from 'vitest';
import { test } from './support.ts';

test('GET /me says who the key belongs to, and what it may', async ({ api }) => {
  const ada = await api.caller({ roles: ['member'], scopes: ['read', 'run'] });

  const { body } = await ada.get('/v1/me').expect(200);

  expect(body).toEqual({
    id: ada.id,
    username: ada.username,
    email: `${ada.username}@example.org`,
    roles: ['member'],
    scopes: ['read', 'run'],
  });
});

test('an admin adds a user, who can work with the key that is made at once', async ({ api }) => {
  const admin = await api.caller({ roles: ['admin'] });
  const wish = { username: 'Grace.H', email: 'grace@example.org', roles: ['member'] };

  const user = await admin.post('/v1/users', wish).expect(201);
  const key = await admin
    .post(`/v1/users/${user.body.id}/api-keys`, { name: 'laptop', scopes: ['read', 'run'] })
    .expect(201);

  expect(user.body).toMatchObject({ ...wish, isActive: true, displayName: null });
  expect(user.headers['location']).toBe(`/v1/users/${user.body.id}`);
  expect(key.body.key).toMatch(new RegExp(`^cnv_${key.body.prefix}_`));
  const asGrace = await admin.get('/v1/projects').set('Authorization', `Bearer ${key.body.key}`);
  expect(asGrace.body.items.map(({ name }: { name: string }) => name)).toEqual(['default']);
  await admin.get(`/v1/users/${user.body.id}`).expect(200, user.body);
  const list = await admin.get('/v1/users?limit=1').expect(200);
  expect(list.body.items).toEqual([user.body]);
});

test('names of users differ by more than case', async ({ api }) => {
  const admin = await api.caller({ roles: ['admin'] });
  await admin.post('/v1/users', { username: 'ann', email: 'ann@example.org' }).expect(201);

  await admin.post('/v1/users', { username: 'ANN', email: 'other@example.org' }).expect(409);
  await admin.post('/v1/users', { username: 'other', email: 'ANN@example.org' }).expect(409);
});

test("a key's scopes are covered by its user's roles, and by the key that makes it", async ({
  api,
}) => {
  const admin = await api.caller({ roles: ['admin'] });
  const viewer = await api.caller({ roles: ['viewer'] });
  const narrow = await api.caller({ scopes: ['read', 'run'] });

  await admin.post(`/v1/users/${viewer.id}/api-keys`, { name: 'k', scopes: ['run'] }).expect(403);
  await admin.post(`/v1/users/${viewer.id}/api-keys`, { name: 'k', scopes: ['read'] }).expect(201);
  await narrow.post('/v1/me/api-keys', { name: 'k', scopes: ['approve'] }).expect(403);
  await narrow.post('/v1/me/api-keys', { name: 'k', scopes: ['read'] }).expect(201);
});

test('a key of mine is listed without its secret, and is no key once it is revoked', async ({
  api,
}) => {
  const ada = await api.caller();
  const made = await ada.post('/v1/me/api-keys', {
    name: 'ci',
    scopes: ['read'],
    expiresAt: '2099-01-01T00:00:00+02:00',
  });
  const { id, prefix, key } = made.body;
  const asCi = () => ada.get('/v1/me').set('Authorization', `Bearer ${key}`);

  const before = await asCi();
  const list = await ada.get('/v1/me/api-keys').expect(200);
  await ada.delete(`/v1/me/api-keys/${id}`).expect(204);
  await ada.delete(`/v1/me/api-keys/${id}`).expect(204);
  const after = await asCi();

  expect([before.status, after.status]).toEqual([200, 401]);
  expect(list.body.items[0]).toMatchObject({
    id,
    prefix,
    name: 'ci',
    scopes: ['read'],
    expiresAt: '2098-12-31T22:00:00.000Z',
    revokedAt: null,
  });
  expect(list.text).not.toContain(key);
});
