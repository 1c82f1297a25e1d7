import { expect } from 'vitest';
import { apiRoutes } from '../../api/routes.ts';
import { type Caller, test } from './support.ts';

const UNKNOWN = '01a20000-0000-7000-8000-000000000000';

/** How to make what a path's `:id` names, by the beginning of the path; null: admins only, it has no owner. */
const MAKE: Record<string, ((caller: Caller) => Promise<string>) | null> = {
  '/v1/projects': (caller) => make(caller, '/v1/projects', { name: 'secret plan' }),
  '/v1/providers': (caller) =>
    make(caller, '/v1/providers', {
      name: 'mine',
      providerType: 'openai_compatible',
      apiEndpoint: 'https://192.0.32.1/v1',
    }),
  '/v1/agent-templates': (caller) =>
    make(caller, '/v1/agent-templates', { name: 'mine', description: 'Mine.', role: 'critic' }),
  '/v1/agents': (caller) => make(caller, '/v1/agents', { name: 'mine' }),
  '/v1/me/api-keys': (caller) =>
    make(caller, '/v1/me/api-keys', { name: 'mine', scopes: ['read'] }),
  '/v1/users': null,
};
/** Tested beside what makes them. */
const ELSEWHERE = ['/v1/executions', '/v1/interactions', '/v1/schedules', '/v1/topologies'];

const withoutNames = (text: string) =>
  text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}|(ada|no)\.skill/g, '…');

async function make(caller: Caller, path: string, body: object): Promise<string> {
  const res = await caller.post(path, body).expect(201);
  return res.body.id as string;
}

test("another owner's id and an unknown one get the same answer on every route", async ({
  api,
}) => {
  const [ada, bob] = [await api.caller(), await api.caller()];
  const routes = apiRoutes(api.deps).filter(
    ({ path }) => path.includes('/:id') && !ELSEWHERE.some((prefix) => path.startsWith(prefix)),
  );
  expect(routes.length).toBeGreaterThan(8);
  const made = new Map<string, string>();
  for (const { method, path } of routes) {
    const collection = path.slice(0, path.indexOf('/:id'));
    const maker = MAKE[collection];
    expect(maker, collection).not.toBeUndefined();
    if (!maker) continue;
    if (!made.has(collection)) made.set(collection, await maker(ada));
    const ask = (id: string) => {
      const at = path.replace(':id', id).replace(':version', '1.0.0');
      const body = method === 'post' && path.endsWith('/versions') ? { version: '2.0.0' } : {};
      return method === 'get' || method === 'delete'
        ? bob[method](at)
        : bob[method as 'post' | 'patch'](at, body);
    };

    const before = await api.countRows();
    const [foreign, unknown] = [await ask(made.get(collection)!), await ask(UNKNOWN)];

    expect(foreign.status, path).toBe(404);
    expect({ ...foreign.body, instance: '' }, path).toEqual({ ...unknown.body, instance: '' });
    expect(await api.countRows(), path).toEqual(before);
  }
});

test('lists show nothing of others, not even to an admin', async ({ api }) => {
  const [ada, bob] = [await api.caller(), await api.caller()];
  const admin = await api.caller({ roles: ['admin'] });
  for (const maker of Object.values(MAKE)) await maker?.(ada);

  for (const caller of [bob, admin])
    for (const [path, isOwned] of Object.entries(MAKE)) {
      if (!isOwned) continue;
      const res = await caller.get(path).expect(200);
      const names = res.body.items.map(({ name }: { name: string }) => name);
      expect(names, path).not.toContain('mine');
      expect(names, path).not.toContain('secret plan');
    }
});

test("a body that refers to another's row is refused as one that refers to none", async ({
  api,
}) => {
  const [ada, bob] = [await api.caller(), await api.caller()];
  const project = await MAKE['/v1/projects']!(ada);
  const provider = await MAKE['/v1/providers']!(ada);
  const template = await MAKE['/v1/agent-templates']!(ada);
  await ada.post('/v1/capabilities', { name: 'ada.skill' }).expect(201);
  const refers = (id: (own: string) => string, name: string) =>
    [
      ['/v1/projects', { name: 'p', defaultProvider: id(provider) }, 'defaultProvider'],
      ['/v1/agents', { name: 'a', project: id(project) }, 'project'],
      ['/v1/agents', { name: 'a', template: id(template) }, 'template'],
      ['/v1/agents', { name: 'a', capabilities: [{ name }] }, 'capabilities.0.name'],
    ] as const;

  const foreign = refers((own) => own, 'ada.skill');
  const unknown = refers(() => UNKNOWN, 'no.skill');

  for (const [i, [path, body, field]] of foreign.entries()) {
    const [theirs, nobodys] = [await bob.post(path, body), await bob.post(path, unknown[i]![1])];
    expect(theirs.status, field).toBe(400);
    expect(theirs.body.errors, field).toEqual([expect.objectContaining({ path: field })]);
    expect(withoutNames(theirs.text)).toBe(withoutNames(nobodys.text));
  }
});

test('a member may read what is shared and may not change it; an operator may', async ({ api }) => {
  const [member, operator] = [await api.caller(), await api.caller({ roles: ['operator'] })];
  const template = { name: 'for-all', description: 'For all.', role: 'critic', shared: true };

  await member.post('/v1/agent-templates', template).expect(403);
  const { body } = await operator.post('/v1/agent-templates', template).expect(201);
  const at = `/v1/agent-templates/${body.id}`;

  await member.get(at).expect(200);
  await member.patch(at, { description: 'Mine now.' }).expect(403);
  await member.post(`${at}/versions`, { version: '2.0.0' }).expect(403);
  await operator.patch(at, { description: 'Better.' }).expect(200);
});
