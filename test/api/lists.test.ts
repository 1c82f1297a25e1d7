import { expect } from 'vitest';
import { type Caller, test } from './support.ts';

interface Item {
  readonly name: string;
}

interface Page {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

async function walk(caller: Caller, path: string, between?: () => Promise<unknown>) {
  const names: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const { body }: { body: Page } = await caller.get(path + cursor).expect(200);
    names.push(...body.items.map(({ name }) => name));
    cursor = body.nextCursor && `&cursor=${body.nextCursor}`;
    await between?.();
  }
  return names;
}

test('pages lose nothing and show nothing twice while more is added', async ({ api }) => {
  const ada = await api.caller();
  const old = Array.from({ length: 11 }, (_, i) => `old-${i}`);
  for (const name of old) await ada.post('/v1/capabilities', { name }).expect(201);
  let added = 0;

  const seen = await walk(ada, '/v1/capabilities?limit=3', () =>
    ada.post('/v1/capabilities', { name: `new-${added++}` }),
  );

  expect(seen).toEqual(old.toReversed());
  const all = await walk(ada, '/v1/capabilities?limit=200');
  expect(all).toHaveLength(old.length + added);
  expect(all[0]).toBe(`new-${added - 1}`);
});

test('rows of the same millisecond keep an order', async ({ api }) => {
  const ada = await api.caller();
  for (let i = 0; i < 5; i++) await ada.post('/v1/projects', { name: `p${i}` }).expect(201);
  await api.sql(
    "update conclave.project set created_at = '2026-01-01T00:00:00.123Z' where owner_id = $1",
    [ada.id],
  );

  const seen = await walk(ada, '/v1/projects?limit=2');

  expect(seen.toSorted()).toEqual(['default', 'p0', 'p1', 'p2', 'p3', 'p4']);
});

test('a page that is just full has no next one', async ({ api }) => {
  const ada = await api.caller();
  await ada.post('/v1/projects', { name: 'second' }).expect(201);

  const res = await ada.get('/v1/projects?limit=2').expect(200);

  expect(res.body.items).toHaveLength(2);
  expect(res.body.nextCursor).toBeNull();
});

test('filters narrow a list', async ({ api }) => {
  const ada = await api.caller();
  await ada.post('/v1/capabilities', { name: 'a', category: 'x' }).expect(201);
  await ada.post('/v1/capabilities', { name: 'b', category: 'y' }).expect(201);

  const res = await ada.get('/v1/capabilities?category=y').expect(200);

  expect(res.body.items.map(({ name }: Item) => name)).toEqual(['b']);
});
