import { expect } from 'vitest';
import { debateStart, inlineAgent, test } from './executions-fixtures.ts';

interface StartedRow {
  readonly state: string;
  readonly run_id: string | null;
  readonly root_execution_id: string;
  readonly limit_tokens: string | null;
  readonly limit_usd: string | null;
  readonly path: string[];
  readonly budget_id: string;
  readonly states: string[];
  readonly events: string[];
}
const STARTED = `select e.state, e.run_id, e.root_execution_id, b.limit_tokens, b.limit_usd, b.path, b.id as budget_id,
  (select json_agg(h.new_state) from conclave.execution_state_history h where h.execution_id = e.id) as states,
  (select json_agg(v.event_type) from conclave.event v where v.execution_id = e.id) as events
  from conclave.execution e join conclave.budget b on b.scope = 'execution' and b.scope_id = e.id where e.id = $1`;

test('a start is accepted with row, budget, history and event, and its workflow is started', async ({
  api,
  engine,
  temporal,
}) => {
  const ada = await engine.caller();

  const res = await ada
    .post(
      '/v1/executions',
      debateStart({ title: 'Friday', priority: 5, budget: { tokens: 5_000, costUsd: 0.5 } }),
    )
    .expect(202);

  const { id, state, workflowId, links } = res.body;
  expect({ state, workflowId }).toEqual({ state: 'queued', workflowId: `execution/${id}` });
  expect(res.headers['location']).toBe(`/v1/executions/${id}`);
  expect(links).toEqual({
    self: `/v1/executions/${id}`,
    events: `/v1/executions/${id}/events`,
    temporal: null,
  });
  const described = await temporal.client.workflow.getHandle(workflowId).describe();
  expect(described).toMatchObject({ type: 'debate', taskQueue: 'orchestration' });
  expect(described.searchAttributes).toMatchObject({
    ConclaveOwner: [ada.id],
    ConclaveTopology: ['debate'],
  });
  expect(described.priority).toMatchObject({ priorityKey: 1, fairnessKey: ada.id });
  const [row] = await api.sql<StartedRow>(STARTED, [id]);
  expect(row).toMatchObject({
    state: 'queued',
    run_id: described.runId,
    root_execution_id: id,
    limit_tokens: '5000',
    limit_usd: '0.500000',
    path: [row!.budget_id],
    states: ['queued'],
    events: ['execution.queued'],
  });
});

test('no word of the caller but the title is told to Temporal', async ({ engine, temporal }) => {
  const ada = await engine.caller();
  const res = await ada.post(
    '/v1/executions',
    debateStart({
      title: 'the title',
      input: { question: 'the secret question' },
      metadata: { a: 'the metadata' },
    }),
  );

  const history = await temporal.client.workflow.getHandle(res.body.workflowId).fetchHistory();

  const told = textsIn(history).join('\n');
  expect(told).toContain('the title');
  expect(told).not.toMatch(/secret question|the metadata|critic/);
});

test('while Temporal is down a start is accepted, and stays queued without a run', async ({
  api,
}) => {
  const ada = await api.caller();

  const res = await ada.post('/v1/executions', debateStart()).expect(202);

  const [row] = await api.sql<StartedRow>(STARTED, [res.body.id]);
  expect(row).toMatchObject({
    state: 'queued',
    run_id: null,
    states: ['queued'],
    limit_tokens: null,
  });
  const cancelled = await ada.post(`/v1/executions/${res.body.id}/cancel`).expect(202);
  expect(cancelled.body.state).toBe('cancelled');
});

test('seats get their models, and the definition says which default was taken', async ({
  api,
  engine,
}) => {
  const ada = await engine.caller();
  await ada
    .post('/v1/providers', {
      name: 'acme',
      providerType: 'openai_compatible',
      apiEndpoint: 'https://192.0.32.1/v1',
      models: [{ name: 'acme-1', inputUsdPerMtok: 1, outputUsdPerMtok: 4 }, { name: 'acme-2' }],
    })
    .expect(201);
  const members = [
    {
      slot: 'debater_1',
      weight: 2,
      agent: inlineAgent('ada', { models: [{ provider: 'acme', model: 'acme-1' }] }),
    },
    { slot: 'debater_2', agent: inlineAgent('bob'), overrides: { temperature: 0.1 } },
    { slot: 'mediator', agent: inlineAgent('max') },
  ];
  const body = debateStart({ inline: { type: 'debate', members, config: {} } });

  const dry = await ada.post('/v1/executions?dryRun=true', body).expect(200);
  const started = await ada.post('/v1/executions', body).expect(202);

  const rehearsal = [{ provider: 'rehearsal', model: 'rehearsal-1' }];
  expect(dry.body).toMatchObject({
    problems: [],
    seats: [
      {
        slot: 'debater_1',
        agent: 'ada',
        weight: 2,
        models: [{ provider: 'acme', model: 'acme-1' }],
      },
      { slot: 'debater_2', agent: 'bob', weight: 1, models: rehearsal },
      { slot: 'mediator', agent: 'max', models: rehearsal },
    ],
    notices: [expect.stringContaining('debater_2, mediator: rehearsal/rehearsal-1')],
  });
  expect(dry.body.estimate).toMatchObject({ calls: 9, outputTokens: 9 * 4_096 });
  expect(Number(dry.body.estimate.costUsd)).toBeGreaterThan((3 * 4_096 * 4) / 1_000_000);
  const [row] = await api.sql<{ definition: unknown }>(
    'select definition from conclave.execution where id = $1',
    [started.body.id],
  );
  expect(row!.definition).toMatchObject({
    workflow: 'debate',
    mediatorSlot: 'mediator',
    config: { maxRounds: 3, consensusMethod: 'mediator', convergenceThreshold: 0.8 },
    seats: [
      { agent: { models: [{ provider: 'acme', inputUsdPerMtok: '1.000000' }] } },
      { agent: { temperature: 0.1, maxTokens: 4_096, agentId: null } },
      {},
    ],
  });
});

test('a dry run writes nothing, and lists every problem of a start that would be refused', async ({
  api,
  engine,
}) => {
  const ada = await engine.caller();
  const before = await api.countRows();

  const good = await ada.post('/v1/executions?dryRun=true', debateStart()).expect(200);
  const bad = await ada
    .post(
      '/v1/executions?dryRun=true',
      debateStart({ project: 'nowhere', deadline: '2020-01-01T00:00:00Z' }),
    )
    .expect(200);

  expect(good.body.problems).toEqual([]);
  expect(bad.body.problems.map(({ path }: { path: string }) => path)).toEqual([
    'project',
    'deadline',
  ]);
  expect(await api.countRows()).toEqual(before);
});

test('the same Idempotency-Key starts one execution', async ({ api, engine }) => {
  const ada = await engine.caller();
  const start = () => ada.post('/v1/executions', debateStart()).set('Idempotency-Key', 'once');

  const [first, second] = await Promise.all([start(), start()]);

  expect([first.status, second.status]).toEqual([202, 202]);
  expect(first.body.id).toBe(second.body.id);
  const rows = await api.sql('select from conclave.execution where owner_id = $1', [ada.id]);
  expect(rows).toHaveLength(1);
});

/** Every text in a value, those in payloads' bytes included. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (value instanceof Uint8Array) return [new TextDecoder().decode(value)];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
