import supertest from 'supertest';
import { expect } from 'vitest';
import { apiRoutes } from '../../api/routes.ts';
import { test } from './support.ts';

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly responses: Record<string, unknown>;
  readonly security: readonly object[];
}
interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
}

const inDocument = (path: string) => path.replaceAll(/:(\w+)/g, '{$1}');

function everyRef(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) =>
    key === '$ref' && typeof child === 'string' ? [child] : everyRef(child),
  );
}

function follow(document: object, ref: string): unknown {
  return ref
    .replace(/^#\//, '')
    .split('/')
    .reduce<unknown>(
      (value, part) => (value as Record<string, unknown> | undefined)?.[part],
      document,
    );
}

test('the document has every route, and no other', async ({ api }) => {
  const { body } = await supertest(api.app).get('/openapi.json').expect(200);
  const document = body as Document;

  const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method} ${path}`),
  );
  const served = apiRoutes(api.deps).map(({ method, path }) => `${method} ${inDocument(path)}`);

  expect(document.openapi).toBe('3.1.0');
  expect(documented.toSorted()).toEqual(served.toSorted());
});

test('operations are whole: named once, parameters declared, answers with schemas, keys asked for', async ({
  api,
}) => {
  const { body } = await supertest(api.app).get('/openapi.json');
  const { paths } = body as Document;

  const ids = Object.values(paths).flatMap((path) => Object.values(path).map((o) => o.operationId));
  expect(new Set(ids).size).toBe(ids.length);
  for (const { method, path, access, answers } of apiRoutes(api.deps)) {
    const operation = paths[inDocument(path)]![method]!;
    const declared = operation.parameters?.filter((p) => p.in === 'path').map(({ name }) => name);
    expect(declared ?? [], path).toEqual([...path.matchAll(/:(\w+)/g)].map(([, name]) => name));
    expect(Object.keys(operation.responses).toSorted(), path).toEqual(
      [...Object.keys(answers), 'default'].toSorted(),
    );
    expect(operation.security, path).toEqual(access ? [{ key: [] }] : []);
  }
});

test('every reference in the document leads somewhere', async ({ api }) => {
  const { body } = await supertest(api.app).get('/openapi.json');
  const refs = new Set(everyRef(body));

  expect(refs.size).toBeGreaterThan(5);
  for (const ref of refs) expect(follow(body, ref), ref).toBeDefined();
});

test('of a stream the document says what each event looks like', async ({ api }) => {
  const { body } = await supertest(api.app).get('/openapi.json');

  const answer = (body as Document).paths['/v1/executions/{id}/events']!['get']!.responses['200'];
  expect(answer).toMatchObject({
    content: {
      'text/event-stream': {
        schema: {
          type: 'object',
          required: ['event', 'data'],
          properties: {
            event: { enum: expect.arrayContaining(['token', 'message', 'end']) },
            data: { contentMediaType: 'application/json' },
          },
        },
      },
    },
  });
});

test('the document tells no key and no credentials in an answer', async ({ api }) => {
  const { body } = await supertest(api.app).get('/openapi.json');
  const views = ['Provider', 'ApiKey', 'Me', 'User'].map(
    (name) => follow(body, `#/components/schemas/${name}`) as { properties: object } | undefined,
  );

  for (const view of views)
    expect(Object.keys(view!.properties)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(credentials|key|keyHash)$/)]),
    );
});

test('the readable page comes from here alone', async ({ api }) => {
  const { text } = await supertest(api.app).get('/docs/').expect(200);

  const links = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link!);
  expect(links.length).toBeGreaterThan(3);
  for (const link of links) {
    expect(link).toMatch(/^\.\//);
    await supertest(api.app)
      .get(`/docs/${link.slice(2)}`)
      .expect(200);
  }
  const script = await supertest(api.app).get('/docs/swagger-ui-init.js').expect(200);
  expect(script.text).toContain('/openapi.json');
  await supertest(api.app).get('/docs').expect(301).expect('location', '/docs/');
});
