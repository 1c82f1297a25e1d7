import { expect } from 'vitest';
import { agentStatus } from '../../workflows/domain/agent-status.ts';
import { AGENT_STATE_DETAILS } from '../../workflows/domain/enums.ts';
import { type Caller, test } from './support.ts';

const wish = {
  name: 'Critic',
  description: 'Looks for what breaks.',
  role: 'critic',
  config: { systemPrompt: 'Be strict.', temperature: 0.2 },
  approvalRequired: false,
};

async function publishedTemplate(caller: Caller, body: object = {}) {
  const made = await caller.post('/v1/agent-templates', { ...wish, ...body }).expect(201);
  const at = `/v1/agent-templates/${made.body.id}`;
  await caller.post(`${at}/versions/1.0.0/publish`).expect(200);
  return { at, id: made.body.id as string };
}

test('a template is made as a draft, with a complete version 1.0.0', async ({ api }) => {
  const ada = await api.caller();
  await ada.post('/v1/capabilities', { name: 'review' }).expect(201);

  const made = await ada
    .post('/v1/agent-templates', { ...wish, capabilities: [{ name: 'review', proficiency: 0.9 }] })
    .expect(201);
  const versions = await ada.get(`/v1/agent-templates/${made.body.id}/versions`).expect(200);

  expect(made.body).toMatchObject({
    name: 'critic',
    displayName: 'critic',
    status: 'draft',
    createdBy: `user:${ada.id}`,
    versions: [{ version: '1.0.0', status: 'draft' }],
  });
  expect(versions.body.items[0]).toMatchObject({
    config: {
      systemPrompt: 'Be strict.',
      temperature: 0.2,
      maxTokens: 4096,
      maxRetries: 3,
      models: [],
    },
    capabilities: [
      { name: 'review', version: '1.0.0', enabled: true, config: {}, proficiency: 0.9 },
    ],
  });
});

test('versions are added, published and deprecated; the template follows', async ({ api }) => {
  const ada = await api.caller();
  const { at } = await publishedTemplate(ada);
  const status = async () => (await ada.get(at)).body.status;
  expect(await status()).toBe('published');

  await ada.post(`${at}/versions`, { version: '1.0.0' }).expect(409);
  await ada.post(`${at}/versions`, { version: '1.10.0', config: { temperature: 1 } }).expect(201);
  const again = await ada.post(`${at}/versions/1.10.0/publish`).expect(200);
  await ada.post(`${at}/versions/1.10.0/publish`).expect(200, again.body);
  await ada.post(`${at}/versions/1.0.0/deprecate`).expect(200);
  expect(await status()).toBe('published');
  await ada.post(`${at}/versions/1.10.0/deprecate`).expect(200);
  expect(await status()).toBe('deprecated');
  const back = await ada.post(`${at}/versions/1.10.0/publish`).expect(409);

  expect(back.body.code).toBe('state_conflict');
  await ada.post(`${at}/versions/9.9.9/publish`).expect(404);
});

test('what needs an approval is published by an approver, and the record says by whom', async ({
  api,
}) => {
  const member = await api.caller();
  const approver = await api.caller({ roles: ['approver'] });
  const { body: mine } = await member.post('/v1/agent-templates', {
    ...wish,
    approvalRequired: true,
  });
  const { body: theirs } = await approver.post('/v1/agent-templates', {
    ...wish,
    approvalRequired: true,
  });

  const refused = await member.post(`/v1/agent-templates/${mine.id}/versions/1.0.0/publish`);
  await approver.post(`/v1/agent-templates/${theirs.id}/versions/1.0.0/publish`).expect(200);

  expect(refused.status).toBe(403);
  expect(refused.body.detail).toContain('approver or admin');
  const events = await api.sql<{ payload: object }>(
    "select payload from conclave.event where event_type = 'agent_template.published' and owner_id = any($1)",
    [[member.id, approver.id]],
  );
  expect(events.map(({ payload }) => payload)).toEqual([
    expect.objectContaining({ templateId: theirs.id, approvedBy: `user:${approver.id}` }),
  ]);
});

test('PATCH of a template changes what is about it, not what its versions say', async ({ api }) => {
  const ada = await api.caller();
  const { at } = await publishedTemplate(ada);

  const res = await ada.patch(at, { name: 'renamed', description: 'Other.' }).expect(200);
  const config = await ada.patch(at, { config: {} }).expect(400);

  expect(res.body).toMatchObject({ name: 'renamed', description: 'Other.', status: 'published' });
  expect(config.body.errors[0].path).toBe('config');
});

test('an agent is made from the newest version in use, ready, with its history', async ({
  api,
}) => {
  const ada = await api.caller();
  await ada.post('/v1/capabilities', { name: 'review' }).expect(201);
  await ada.post('/v1/capabilities', { name: 'rhyme' }).expect(201);
  const { at } = await publishedTemplate(ada, { capabilities: [{ name: 'review' }] });
  for (const version of ['1.9.0', '1.10.0', '2.0.0'])
    await ada.post(`${at}/versions`, { version, capabilities: [{ name: 'review' }] }).expect(201);
  for (const version of ['1.9.0', '1.10.0'])
    await ada.post(`${at}/versions/${version}/publish`).expect(200);

  const made = await ada
    .post('/v1/agents', {
      name: 'Ada',
      template: 'critic',
      configuration: { temperature: 0.5 },
      capabilities: [{ name: 'rhyme', proficiency: 0.8 }],
    })
    .expect(201);

  expect(made.body).toMatchObject({
    name: 'Ada',
    role: 'critic',
    stateDetail: 'ready',
    status: 'inactive',
    project: { name: 'default' },
    template: { name: 'critic', version: '1.10.0' },
    configuration: { temperature: 0.5 },
  });
  expect(made.body.capabilities.map(({ name }: { name: string }) => name).toSorted()).toEqual([
    'review',
    'rhyme',
  ]);
  await ada.get(made.headers['location']!).expect(200, made.body);
  const history = await api.sql(
    'select ordinal, previous_state_detail as was, new_state_detail as is, approver_id as by from conclave.agent_state_history where agent_id = $1 order by ordinal',
    [made.body.id],
  );
  const by = `user:${ada.id}`;
  expect(history).toEqual([
    { ordinal: 0, was: null, is: 'created', by },
    { ordinal: 1, was: 'created', is: 'initializing', by },
    { ordinal: 2, was: 'initializing', is: 'ready', by },
  ]);
  const events = await api.sql<{ event_type: string }>(
    'select event_type from conclave.event where subject_id = $1 order by ordinal',
    [made.body.id],
  );
  expect(events.map((event) => event.event_type)).toEqual([
    'agent.provisioned',
    'agent.state_transition',
    'agent.state_transition',
  ]);
});

test('drafts and deprecated versions make no agents', async ({ api }) => {
  const ada = await api.caller();
  const { at, id } = await publishedTemplate(ada);
  await ada.post(`${at}/versions`, { version: '2.0.0' }).expect(201);

  const draft = await ada.post('/v1/agents', { name: 'a', template: 'critic@2.0.0' });
  const unknown = await ada.post('/v1/agents', { name: 'a', template: 'critic', version: '3.0.0' });
  await ada.post(`${at}/versions/1.0.0/deprecate`).expect(200);
  const deprecated = await ada.post('/v1/agents', { name: 'a', template: id });

  expect([draft.status, draft.body.code]).toEqual([409, 'state_conflict']);
  expect([unknown.status, unknown.body.code]).toEqual([400, 'invalid_request']);
  expect([deprecated.status, deprecated.body.code]).toEqual([409, 'state_conflict']);
});

test('an agent without a template gets one of its own', async ({ api }) => {
  const ada = await api.caller();

  const made = await ada
    .post('/v1/agents', { name: 'Lone', role: 'planner', configuration: { systemPrompt: 'Plan.' } })
    .expect(201);
  const template = await ada.get(`/v1/agent-templates/${made.body.template.id}`).expect(200);

  expect(made.body).toMatchObject({ role: 'planner', stateDetail: 'ready' });
  expect(template.body).toMatchObject({
    isAutoGenerated: true,
    status: 'published',
    role: 'planner',
  });
});

test('two agents of one project do not share a name; of two projects they may', async ({ api }) => {
  const ada = await api.caller();
  await ada.post('/v1/projects', { name: 'other' }).expect(201);
  await ada.post('/v1/agents', { name: 'same' }).expect(201);

  const before = await api.countRows();
  await ada.post('/v1/agents', { name: 'same' }).expect(409);
  expect(await api.countRows()).toEqual(before);
  await ada.post('/v1/agents', { name: 'same', project: 'other' }).expect(201);
});

test('PATCH of an agent changes what it names and raises its version', async ({ api }) => {
  const ada = await api.caller();
  await ada.post('/v1/capabilities', { name: 'review' }).expect(201);
  const made = await ada.post('/v1/agents', { name: 'x', configuration: { maxTokens: 10 } });
  const at = `/v1/agents/${made.body.id}`;

  const named = await ada
    .patch(at, { name: 'y' })
    .set('If-Match', made.headers['etag']!)
    .expect(200);
  const skilled = await ada
    .patch(at, { capabilities: [{ name: 'review' }] })
    .set('If-Match', named.headers['etag']!)
    .expect(200);
  const stale = await ada.patch(at, { name: 'z' }).set('If-Match', named.headers['etag']!);

  expect(named.body).toMatchObject({ name: 'y', configuration: { maxTokens: 10 } });
  expect(skilled.body.capabilities).toHaveLength(1);
  expect(stale.status).toBe(412);
  await api.sql(
    "update conclave.agent set state_detail = 'terminated', terminated_at = now() where id = $1",
    [made.body.id],
  );
  await ada.patch(at, { name: 'z' }).expect(409);
});

test('agents are filtered by state and project', async ({ api }) => {
  const ada = await api.caller();
  const { body: other } = await ada.post('/v1/projects', { name: 'other' });
  await ada.post('/v1/agents', { name: 'one' }).expect(201);
  await ada.post('/v1/agents', { name: 'two', project: 'other' }).expect(201);

  const inOther = await ada.get(`/v1/agents?projectId=${other.id}&stateDetail=ready`).expect(200);
  const paused = await ada.get('/v1/agents?stateDetail=paused').expect(200);

  expect(inOther.body.items.map(({ name }: { name: string }) => name)).toEqual(['two']);
  expect(paused.body.items).toEqual([]);
});

test('the status that is answered is the one that the database works out', async ({ api }) => {
  const ada = await api.caller();
  const { body } = await ada.post('/v1/agents', { name: 'x' }).expect(201);
  const loads = AGENT_STATE_DETAILS.flatMap((stateDetail) =>
    [true, false].flatMap((inMaintenance) =>
      [0, 1].map((runningCount) => ({
        stateDetail,
        inMaintenance,
        runningCount,
        maxConcurrency: 1,
      })),
    ),
  );
  // Past the guard of state changes: every state is looked at, however it is reached.
  await api.sql("set session_replication_role = 'replica'");

  for (const load of loads) {
    const [row] = await api.sql<{ status: string }>(
      'update conclave.agent set state_detail = $2, in_maintenance = $3, running_count = $4 where id = $1 returning status',
      [body.id, load.stateDetail, load.inMaintenance, load.runningCount],
    );
    expect(row!.status, JSON.stringify(load)).toBe(agentStatus(load));
  }
  await api.sql("set session_replication_role = 'origin'");
});

test('governance rules are kept in our words, and a change of state that cannot be is refused', async ({
  api,
}) => {
  const ada = await api.caller();
  const rule = { approval: 'human', timeout: 60 };

  const transitions = { initialized_to_running: rule };
  const made = await ada
    .post('/v1/agent-templates', { ...wish, governanceRules: { transitions } })
    .expect(201);
  const refused = await ada
    .post('/v1/agent-templates', {
      ...wish,
      name: 'other',
      governanceRules: { transitions: { terminated_to_active: rule } },
    })
    .expect(400);

  expect(made.body.governanceRules).toEqual({ transitions: { ready_to_active: rule } });
  expect(refused.body.errors[0].path).toContain('governanceRules.transitions');
});

test("an agent's configuration is held to its template's schema, when made and when changed", async ({
  api,
}) => {
  const ada = await api.caller();
  const configurationSchema = { properties: { temperature: { type: 'number', maximum: 0.5 } } };
  await publishedTemplate(ada, { name: 'cool', configurationSchema });
  const agent = { name: 'Cool critic', template: 'cool' };

  const refused = await ada
    .post('/v1/agents', { ...agent, configuration: { temperature: 1 } })
    .expect(400);
  const made = await ada
    .post('/v1/agents', { ...agent, configuration: { temperature: 0.1 } })
    .expect(201);
  await ada
    .patch(`/v1/agents/${made.body.id}`, { configuration: { temperature: 0.9 } })
    .expect(400);

  expect(refused.body.errors).toMatchObject([{ path: 'configuration.temperature' }]);
});

test('a configuration schema that is none, or that could run away, is refused', async ({ api }) => {
  const ada = await api.caller();
  const schemas = [
    { type: 'nonsense' },
    { properties: { systemPrompt: { pattern: '(a+)+$' } } },
    { $ref: 'https://example.com/schema' },
  ];

  for (const configurationSchema of schemas) {
    const refused = await ada
      .post('/v1/agent-templates', { ...wish, configurationSchema })
      .expect(400);
    expect(refused.body.errors).toMatchObject([{ path: 'configurationSchema' }]);
  }
});
