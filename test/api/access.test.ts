import supertest from 'supertest';
import { expect } from 'vitest';
import type { Route } from '../../api/http/route.ts';
import { ROLE_SCOPES } from '../../workflows/domain/roles.ts';
import { apiRoutes } from '../../api/routes.ts';
import { API_SCOPES, USER_ROLES } from '../../workflows/domain/enums.ts';
import { type Caller, type TestApi, test } from './support.ts';

const UNKNOWN = '01a20000-0000-7000-8000-000000000000';
const OPEN = ['get /healthz', 'get /readyz', 'get /metrics', 'get /openapi.json'];

const nameOf = ({ method, path }: Route) => `${method} ${path}`;
const pathOf = ({ path }: Route) => path.replace(':version', '1.0.0').replaceAll(/:\w+/g, UNKNOWN);

function ask(caller: Caller, route: Route) {
  const path = pathOf(route);
  if (route.method === 'get' || route.method === 'delete') return caller[route.method](path);
  if (route.method === 'put') throw new Error('no route is a PUT yet');
  return caller[route.method](path, {});
}

const keyed = (api: TestApi) => apiRoutes(api.deps).filter(({ access }) => access !== null);

test('only a short list of routes asks for no key', ({ api }) => {
  const open = apiRoutes(api.deps).filter(({ access }) => access === null);

  expect(open.map(nameOf).toSorted()).toEqual(OPEN.toSorted());
});

test('every other route, and every unknown address, answers 401 without a key', async ({ api }) => {
  for (const route of keyed(api)) {
    const res = await supertest(api.app)[route.method](pathOf(route));

    expect(res.status, nameOf(route)).toBe(401);
    expect(res.headers['www-authenticate'], nameOf(route)).toMatch(/^Bearer/);
    expect(res.body.code, nameOf(route)).toBe('unauthenticated');
  }
  await supertest(api.app).get('/v1/nowhere').expect(401);
});

test('every route refuses a key without its scope, before it looks at the request', async ({
  api,
}) => {
  for (const route of keyed(api)) {
    const others = API_SCOPES.filter((scope) => scope !== route.access!.scope);
    const admin = await api.caller({ roles: ['admin'], scopes: others });

    const res = await ask(admin, route);

    expect(res.status, nameOf(route)).toBe(403);
    expect(res.body.code, nameOf(route)).toBe('forbidden');
    expect(res.body.detail, nameOf(route)).toContain(route.access!.scope);
  }
});

test('every route refuses exactly the roles that do not cover it, and lets the others in', async ({
  api,
}) => {
  for (const role of USER_ROLES) {
    const caller = await api.caller({ roles: [role] });
    for (const route of keyed(api)) {
      const { scope, roles } = route.access!;
      const isCovered = ROLE_SCOPES[role].includes(scope) && (!roles || roles.includes(role));

      const res = await ask(caller, route);

      expect(res.status === 403, `${role}: ${nameOf(route)}`).toBe(!isCovered);
      expect(res.status, `${role}: ${nameOf(route)}`).not.toBe(401);
      expect(res.status, `${role}: ${nameOf(route)}`).toBeLessThan(500);
    }
  }
});

test('the roles cover the scopes that the contract says', () => {
  expect(ROLE_SCOPES).toEqual({
    viewer: ['read'],
    member: ['read', 'run', 'approve'],
    approver: ['read', 'run', 'approve'],
    operator: ['read', 'run', 'approve', 'admin'],
    admin: ['read', 'run', 'approve', 'admin'],
  });
});

test('a key that is unknown, malformed, revoked or expired, or of an inactive user, is no key', async ({
  api,
}) => {
  const revoked = await api.caller();
  await api.sql('update conclave.api_key set revoked_at = now() where owner_id = $1', [revoked.id]);
  const expired = await api.caller();
  await api.sql(
    "update conclave.api_key set expires_at = now() - interval '1 s' where owner_id = $1",
    [expired.id],
  );
  const inactive = await api.caller();
  await api.sql('update conclave.user_account set is_active = false where id = $1', [inactive.id]);
  const changed = (await api.caller()).key.replace(/.{4}$/, 'AAAA');
  const keys = [revoked.key, expired.key, inactive.key, changed, 'nonsense', ''];

  const answers = await Promise.all(
    keys.map((key) => supertest(api.app).get('/v1/me').set('Authorization', `Bearer ${key}`)),
  );

  const { instance: _instance, ...body } = answers[0]!.body;
  for (const res of answers) {
    expect(res.status).toBe(401);
    expect(res.body).toMatchObject(body);
  }
});

test('a key in the address is not read', async ({ api }) => {
  const { key } = await api.caller();

  await supertest(api.app).get(`/v1/me?key=${key}`).expect(401);
});
