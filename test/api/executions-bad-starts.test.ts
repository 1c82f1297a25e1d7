import { expect } from 'vitest';
import { debateStart, inlineAgent, test } from './executions-fixtures.ts';
import type { Caller } from './support.ts';

const seat = (slot: string, fields: object = {}) => ({ slot, agent: inlineAgent(slot), ...fields });
const two = [seat('debater_1'), seat('debater_2')];
const debate = (inline: object) =>
  debateStart({
    inline: { type: 'debate', config: { consensusMethod: 'majority' }, members: two, ...inline },
  });
const voters = (n: number) => Array.from({ length: n }, (_, i) => seat(`debater_${i + 1}`));
const naming = (model: object) =>
  debate({
    members: [two[0], { slot: 'debater_2', agent: inlineAgent('b', { models: [model] }) }],
  });

/** What is wrong; the start; status, code and the paths of the errors. */
const BAD: readonly (readonly [string, object, number, string, readonly string[]])[] = [
  ['nothing', {}, 400, 'invalid_request', ['input']],
  ['nothing to run', { input: { question: 'q' } }, 400, 'invalid_request', ['']],
  ['two things to run', debateStart({ agent: 'ada' }), 400, 'invalid_request', ['']],
  [
    'an unknown field',
    debateStart({ onBudgetEnd: 'ask' }),
    400,
    'invalid_request',
    ['onBudgetEnd'],
  ],
  ['gates that are no list', debateStart({ gates: {} }), 400, 'invalid_request', ['gates']],
  ['no input', debateStart({ input: {} }), 400, 'invalid_request', ['input']],
  [
    'two inputs',
    debateStart({ input: { question: 'q', task: 't' } }),
    400,
    'invalid_request',
    ['input'],
  ],
  [
    'one option',
    debateStart({ input: { question: 'q', options: ['a'] } }),
    400,
    'invalid_request',
    ['input.options'],
  ],
  [
    'equal options',
    debateStart({ input: { question: 'q', options: ['a', 'a'] } }),
    400,
    'invalid_request',
    ['input.options'],
  ],
  [
    'a number as question',
    debateStart({ input: { question: 7 } }),
    400,
    'invalid_request',
    ['input.question'],
  ],
  [
    'a NUL in the question',
    debateStart({ input: { question: 'a\u0000b' } }),
    400,
    'invalid_request',
    ['input.question'],
  ],
  ['a lone surrogate', debateStart({ title: 'a\ud800b' }), 400, 'invalid_request', ['title']],
  ['a priority of 6', debateStart({ priority: 6 }), 400, 'invalid_request', ['priority']],
  ['a budget of nothing', debateStart({ budget: {} }), 400, 'invalid_request', ['budget']],
  [
    'a negative budget',
    debateStart({ budget: { tokens: -1 } }),
    400,
    'invalid_request',
    ['budget.tokens'],
  ],
  [
    'a deadline that is no time',
    debateStart({ deadline: 'tomorrow' }),
    400,
    'invalid_request',
    ['deadline'],
  ],
  [
    'a deadline that has passed',
    debateStart({ deadline: '2020-01-01T00:00:00Z' }),
    400,
    'invalid_request',
    ['deadline'],
  ],
  ['an unknown project', debateStart({ project: 'nowhere' }), 400, 'invalid_request', ['project']],
  [
    'an unknown topology',
    { topology: 'nothing', input: { question: 'q' } },
    400,
    'invalid_request',
    ['topology'],
  ],
  [
    'an unknown agent',
    { agent: 'nobody', input: { question: 'q' } },
    400,
    'invalid_request',
    ['agent'],
  ],
  ['a type that is none', debate({ type: 'quarrel' }), 400, 'invalid_request', ['inline.type']],
  [
    'a type that cannot be run',
    debate({ type: 'committee', config: {} }),
    400,
    'invalid_request',
    ['inline.type'],
  ],
  ['no seats', debate({ members: [] }), 400, 'invalid_request', ['inline.members']],
  ['one debater', debate({ members: [two[0]] }), 400, 'invalid_request', ['inline.members']],
  ['51 debaters', debate({ members: voters(51) }), 400, 'invalid_request', ['inline.members']],
  [
    'a slot taken twice',
    debate({ members: [...two, seat('debater_2')] }),
    400,
    'invalid_request',
    ['inline.members.2.slot'],
  ],
  [
    'a foreign slot',
    debate({ members: [...two, seat('checker_1')] }),
    400,
    'invalid_request',
    ['inline.members.2.slot'],
  ],
  [
    'no mediator to mediate',
    debate({ config: { consensusMethod: 'mediator' } }),
    400,
    'invalid_request',
    ['inline.members'],
  ],
  [
    'a mediator who is nobody',
    debate({ config: { mediatorAgentName: 'max' } }),
    400,
    'invalid_request',
    ['inline.config.mediatorAgentName'],
  ],
  [
    'ranges, all of them at once',
    debate({ config: { maxRounds: 11, convergenceThreshold: 1.5, colour: 1 } }),
    400,
    'invalid_request',
    ['inline.config.maxRounds', 'inline.config.convergenceThreshold', 'inline.config.colour'],
  ],
  [
    'a seat that is empty',
    debate({ members: [two[0], { slot: 'debater_2' }] }),
    400,
    'invalid_request',
    ['inline.members.1'],
  ],
  [
    'a seat for an unknown agent',
    debate({ members: [two[0], { slot: 'debater_2', agent: 'nobody' }] }),
    400,
    'invalid_request',
    ['inline.members.1.agent'],
  ],
  [
    'a seat for an unknown template',
    debate({ members: [two[0], { slot: 'debater_2', template: 'none@1.0.0' }] }),
    400,
    'invalid_request',
    ['inline.members.1.template'],
  ],
  [
    'a temperature of 3',
    debate({ members: [two[0], seat('debater_2', { overrides: { temperature: 3 } })] }),
    400,
    'invalid_request',
    ['inline.members.1.overrides.temperature'],
  ],
  [
    'a model of an unknown provider',
    naming({ provider: 'nobody', model: 'm' }),
    400,
    'model_unavailable',
    ['inline.members.1.agent.config.models.0'],
  ],
  [
    'a local rehearsal model',
    naming({ provider: 'rehearsal', model: 'rehearsal-local' }),
    400,
    'model_unavailable',
    ['inline.members.1.agent.config.models.0'],
  ],
];

test.for(BAD)(
  'a start with %s is refused and writes nothing',
  async ([, body, status, code, paths], { api, engine }) => {
    const ada = await engine.caller();
    const before = await api.countRows();

    const res = await ada.post('/v1/executions', body);

    expect(res.body).toMatchObject({ status, code });
    expect(res.body.errors.map(({ path }: { path: string }) => path)).toEqual(paths);
    expect(await api.countRows()).toEqual(before);
  },
);

test('a body of more than 1 MiB is refused', async ({ api, engine }) => {
  const ada = await engine.caller();
  const before = await api.countRows();

  const res = await ada.post(
    '/v1/executions',
    debateStart({ metadata: { a: 'x'.repeat(1_100_000) } }),
  );

  expect(res.body).toMatchObject({ status: 413, code: 'payload_too_large' });
  expect(await api.countRows()).toEqual(before);
});

test("another owner's agents, topologies, projects and providers are as unknown as any", async ({
  api,
  engine,
}) => {
  const [ada, bob] = [await engine.caller(), await engine.caller()];
  const agent = await readyAgent(ada, 'ada-s');
  const topology = await ada.post('/v1/topologies', savedDebate(agent)).expect(201);
  const project = await ada.post('/v1/projects', { name: 'hers' }).expect(201);
  await ada
    .post('/v1/providers', {
      name: 'hers',
      providerType: 'openai_compatible',
      apiEndpoint: 'https://192.0.32.1/v1',
    })
    .expect(201);
  const before = await api.countRows();

  const answers = await Promise.all([
    bob.post('/v1/executions', { agent, input: { question: 'q' } }),
    bob.post('/v1/executions', { topology: topology.body.id, input: { question: 'q' } }),
    bob.post('/v1/executions', debateStart({ project: project.body.id })),
    bob.post('/v1/executions', naming({ provider: 'hers', model: 'm' })),
    bob.post('/v1/topologies', savedDebate(agent)),
  ]);

  expect(answers.map(({ body }) => [body.status, body.code])).toEqual([
    [400, 'invalid_request'],
    [400, 'invalid_request'],
    [400, 'invalid_request'],
    [400, 'model_unavailable'],
    [400, 'invalid_request'],
  ]);
  expect(await api.countRows()).toEqual(before);
});

test('an ambiguous name is answered with the ids; a price that is not known excludes a budget in dollars', async ({
  engine,
}) => {
  const ada = await engine.caller();
  await ada.post('/v1/projects', { name: 'second' }).expect(201);
  const ids = [await readyAgent(ada, 'twin'), await readyAgent(ada, 'twin', 'second')];
  await ada
    .post('/v1/providers', {
      name: 'acme',
      providerType: 'openai_compatible',
      apiEndpoint: 'https://192.0.32.1/v1',
      models: [{ name: 'm' }],
    })
    .expect(201);

  const twin = await ada.post('/v1/executions', { agent: 'twin', input: { question: 'q' } });
  const unpriced = await ada.post('/v1/executions', {
    ...naming({ provider: 'acme', model: 'm' }),
    budget: { costUsd: 1 },
  });
  const unlisted = await ada.post('/v1/executions', naming({ provider: 'acme', model: 'other' }));

  expect(twin.body).toMatchObject({ status: 400, errors: [{ path: 'agent' }] });
  for (const id of ids) expect(twin.body.errors[0].message).toContain(id);
  expect(unpriced.body).toMatchObject({ status: 400, errors: [{ path: 'budget.costUsd' }] });
  expect(unlisted.body).toMatchObject({ status: 400, code: 'model_unavailable' });
});

test('an agent that is not ready, a deprecated version and an archived topology are conflicts', async ({
  api,
  engine,
}) => {
  const ada = await engine.caller();
  const agent = await readyAgent(ada, 'tired');
  const topology = await ada.post('/v1/topologies', savedDebate(agent)).expect(201);
  await ada.delete(`/v1/topologies/${topology.body.id}`).expect(204);
  await api.sql("update conclave.agent set state_detail = 'paused' where id = $1", [agent]);

  const paused = await ada.post('/v1/executions', { agent, input: { question: 'q' } });
  const archived = await ada.post('/v1/executions', {
    topology: topology.body.id,
    input: { question: 'q' },
  });

  expect(paused.body).toMatchObject({ status: 409, code: 'state_conflict' });
  expect(archived.body).toMatchObject({ status: 409, code: 'state_conflict' });
});

async function readyAgent(caller: Caller, name: string, project?: string): Promise<string> {
  const res = await caller.post('/v1/agents', { name, ...(project && { project }) }).expect(201);
  return res.body.id as string;
}

const savedDebate = (agent: string) => ({
  name: 'saved',
  description: 'A debate of one agent with itself.',
  type: 'debate',
  config: { consensusMethod: 'majority' },
  members: ['debater_1', 'debater_2'].map((slot) => ({ slot, agent })),
});
