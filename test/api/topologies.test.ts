import { expect } from 'vitest';
import { test } from './executions-fixtures.ts';
import type { Caller } from './support.ts';

const UNKNOWN = '01a20000-0000-7000-8000-000000000000';

async function publishedTemplate(
  api: { sql(text: string, values: unknown[]): Promise<unknown> },
  caller: Caller,
  name: string,
): Promise<void> {
  const res = await caller
    .post('/v1/agent-templates', {
      name,
      description: 'Looks for what breaks.',
      role: 'critic',
      approvalRequired: false,
      config: { temperature: 0.2 },
    })
    .expect(201);
  await caller.post(`/v1/agent-templates/${res.body.id}/versions/1.0.0/publish`).expect(200);
}

const review = (fields: object = {}) => ({
  name: 'Design-Review',
  description: 'Two critics and a mediator.',
  type: 'debate',
  members: [
    { slot: 'debater_1', template: 'critic@1.0.0', weight: 2 },
    { slot: 'debater_2', template: 'critic', overrides: { temperature: 0.9 } },
    { slot: 'mediator', template: 'critic' },
  ],
  ...fields,
});

test('a topology is stored complete, read, changed under its ETag, started and archived', async ({
  api,
  engine,
}) => {
  const ada = await engine.caller();
  await publishedTemplate(api, ada, 'critic');

  const made = await ada.post('/v1/topologies', review()).expect(201);
  const { id } = made.body;
  const started = await ada
    .post('/v1/executions', { topology: 'design-review', input: { question: 'Ship?' } })
    .expect(202);
  const changed = await ada
    .patch(`/v1/topologies/${id}`, { config: { maxRounds: 5 } })
    .set('If-Match', made.headers['etag']!)
    .expect(200);
  const stale = await ada
    .patch(`/v1/topologies/${id}`, { description: 'x' })
    .set('If-Match', made.headers['etag']!);
  await ada.delete(`/v1/topologies/${id}`).expect(204);
  const again = await ada.post('/v1/executions', { topology: id, input: { question: 'Ship?' } });
  const archived = await ada.get('/v1/topologies?archived=true').expect(200);
  const listed = await ada.get('/v1/topologies').expect(200);

  expect(made.headers['location']).toBe(`/v1/topologies/${id}`);
  expect(made.body).toMatchObject({
    name: 'design-review',
    version: '1.0.0',
    shared: false,
    config: {
      maxRounds: 3,
      consensusMethod: 'mediator',
      convergenceThreshold: 0.8,
      allowEarlyTermination: true,
      mediatorAgentName: null,
    },
    members: [
      { slot: 'debater_1', position: 0, weight: 2, template: 'critic@1.0.0', agent: null },
      { slot: 'debater_2', weight: null, template: 'critic', overrides: { temperature: 0.9 } },
      { slot: 'mediator', position: 2 },
    ],
  });
  const [row] = await api.sql<{ definition: object; topology_id: string }>(
    'select definition, topology_id from conclave.execution where id = $1',
    [started.body.id],
  );
  expect(row).toMatchObject({
    topology_id: id,
    definition: {
      config: { maxRounds: 3 },
      seats: [
        {
          slot: 'debater_1',
          weight: 2,
          agent: { name: 'critic', role: 'critic', temperature: 0.2 },
        },
        { slot: 'debater_2', agent: { temperature: 0.9 } },
        { slot: 'mediator' },
      ],
    },
  });
  expect(changed.body.config).toMatchObject({ maxRounds: 5, consensusMethod: 'mediator' });
  expect(changed.headers['etag']).not.toBe(made.headers['etag']);
  expect(stale.body).toMatchObject({ status: 412, code: 'precondition_failed' });
  expect(again.body).toMatchObject({ status: 409, code: 'state_conflict' });
  expect(archived.body.items).toMatchObject([{ id }]);
  expect(listed.body.items).toEqual([]);
});

test('a topology that could not run is refused with every problem, and writes nothing', async ({
  api,
  engine,
}) => {
  const ada = await engine.caller();
  await publishedTemplate(api, ada, 'critic');
  await ada
    .post('/v1/agent-templates', { name: 'draft', description: 'Not yet.', role: 'critic' })
    .expect(201);
  const before = await api.countRows();
  const member = { slot: 'debater_1', template: 'critic' };
  const BAD: readonly (readonly [object, number, readonly string[]])[] = [
    [review({ members: [member] }), 400, ['members', 'members']],
    [review({ type: 'compound' }), 400, ['config.children']],
    [review({ config: { maxRounds: 0, colour: 1 } }), 400, ['config.maxRounds', 'config.colour']],
    [
      review({
        members: [
          member,
          { slot: 'debater_2', template: 'nobody' },
          { slot: 'mediator', agent: UNKNOWN },
        ],
      }),
      400,
      ['members.1.template', 'members.2.agent'],
    ],
    [
      review({
        members: [
          member,
          { slot: 'debater_2', template: 'critic@9.0.0' },
          { ...member, slot: 'mediator' },
        ],
      }),
      400,
      ['members.1.template'],
    ],
    [
      review({ members: [member, { slot: 'debater_2', agent: { name: 'inline' } }] }),
      400,
      ['members.1.agent'],
    ],
    [review({ name: 'no spaces' }), 400, ['name']],
    [review({ name: '' }), 400, ['name']],
    [review({ phases: [] }), 400, ['phases']],
    [
      review({
        members: [
          member,
          { slot: 'debater_2', template: 'draft' },
          { ...member, slot: 'mediator' },
        ],
      }),
      409,
      [],
    ],
  ];

  for (const [body, status, paths] of BAD) {
    const res = await ada.post('/v1/topologies', body);
    const told = (res.body.errors ?? []).map(({ path }: { path: string }) => path);
    expect({ status: res.status, told: [...new Set(told)] }, JSON.stringify(res.body)).toEqual({
      status,
      told: [...new Set(paths)],
    });
  }
  expect(await api.countRows()).toEqual(before);
});

test('validate tells at once why a topology could not be started now', async ({ api, engine }) => {
  const ada = await engine.caller();
  await publishedTemplate(api, ada, 'critic');
  const made = await ada.post('/v1/topologies', review()).expect(201);
  const at = `/v1/topologies/${made.body.id}/validate`;

  const good = await ada.post(at).expect(200);
  await api.sql(`update conclave.template_version set is_deprecated = true where owner_id = $1`, [
    ada.id,
  ]);
  await ada.delete(`/v1/topologies/${made.body.id}`).expect(204);
  const bad = await ada.post(at).expect(200);

  expect(good.body).toMatchObject({
    valid: true,
    problems: [],
    notices: [expect.stringContaining('rehearsal')],
  });
  expect(bad.body.valid).toBe(false);
  expect(bad.body.problems.map(({ path }: { path: string }) => path)).toEqual([
    'members.0.template',
    'members.1.template',
    'members.2.template',
    '',
  ]);
});

test('a name is taken once by each owner; a shared topology is read by all and written by operators', async ({
  api,
  engine,
}) => {
  const [ada, bob] = [await engine.caller(), await engine.caller()];
  const operator = await api.caller({ roles: ['operator'] });
  const shared = {
    ...review(),
    shared: true,
    members: ['debater_1', 'debater_2'].map((slot) => ({ slot, template: 'critic-for-all' })),
    config: { consensusMethod: 'majority' },
  };
  const template = {
    name: 'critic-for-all',
    description: 'Shared.',
    role: 'critic',
    approvalRequired: false,
    shared: true,
  };
  const made = await operator.post('/v1/agent-templates', template).expect(201);
  await operator.post(`/v1/agent-templates/${made.body.id}/versions/1.0.0/publish`).expect(200);

  const forAll = await operator.post('/v1/topologies', shared).expect(201);
  const twice = await operator.post('/v1/topologies', shared);
  const refused = await ada.post('/v1/topologies', { ...shared, name: 'mine' });
  const changed = await ada.patch(`/v1/topologies/${forAll.body.id}`, { description: 'mine' });
  const started = await bob.post('/v1/executions', {
    topology: 'design-review',
    input: { question: 'Ship?' },
  });

  expect(twice.body).toMatchObject({ status: 409, code: 'conflict' });
  expect(refused.body).toMatchObject({ status: 403, code: 'forbidden' });
  expect(changed.body).toMatchObject({ status: 403, code: 'forbidden' });
  expect(started.status).toBe(202);
});

test("another owner's topology is as unknown as any on every route", async ({ api, engine }) => {
  const [ada, bob] = [await engine.caller(), await engine.caller()];
  await publishedTemplate(api, ada, 'critic');
  const made = await ada.post('/v1/topologies', review()).expect(201);
  const before = await api.countRows();
  const ask = (id: string) => [
    bob.get(`/v1/topologies/${id}`),
    bob.patch(`/v1/topologies/${id}`, { description: 'his' }),
    bob.delete(`/v1/topologies/${id}`),
    bob.post(`/v1/topologies/${id}/validate`),
  ];

  const foreign = await Promise.all(ask(made.body.id));
  const unknown = await Promise.all(ask(UNKNOWN));

  const seen = (answers: typeof foreign) =>
    answers.map(({ status, body }) => ({ status, ...body, instance: '' }));
  expect(foreign.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
  expect(seen(foreign)).toEqual(seen(unknown));
  expect(
    (await bob.get('/v1/topologies').expect(200)).body.items.map(
      ({ shared }: { shared: boolean }) => shared,
    ),
  ).not.toContain(false);
  expect(await api.countRows()).toEqual(before);
});
