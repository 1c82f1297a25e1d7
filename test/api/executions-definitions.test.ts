import { expect } from 'vitest';
import type { Definition } from '../../workflows/contract/definition.ts';
import { debateStart, inlineAgent, test } from './executions-fixtures.ts';
import type { Caller, TestApi } from './support.ts';

const AGENT = { configuration: { systemPrompt: 'Doubt.', temperature: 0.3 } };

async function makeAgent(caller: Caller, name: string, fields: object = {}): Promise<string> {
  const res = await caller.post('/v1/agents', { name, ...AGENT, ...fields }).expect(201);
  return res.body.id as string;
}

async function definitionOf(api: TestApi, caller: Caller, body: object): Promise<Definition> {
  const res = await caller.post('/v1/executions', body);
  expect(res.status, JSON.stringify(res.body)).toBe(202);
  const [row] = await api.sql<{ definition: Definition }>(
    'select definition from conclave.execution where id = $1',
    [res.body.id],
  );
  return row!.definition;
}

test('an agent is run alone, with its own settings over those of its template, and the user’s over both', async ({
  api,
  engine,
}) => {
  const ada = await engine.caller();
  const agent = await makeAgent(ada, 'Ada', { personality: 'dry' });
  await api.sql(
    `insert into conclave.agent_configuration (id, owner_id, agent_id, settings, max_retries)
     values (gen_random_uuid(), $1, $2, '{"temperature": 1.5}', 7)`,
    [ada.id, agent],
  );

  const definition = await definitionOf(api, ada, { agent: 'Ada', input: { question: 'Why?' } });

  expect(definition).toMatchObject({
    workflow: 'soloAgent',
    seats: [
      {
        slot: 'agent',
        weight: 1,
        agent: {
          name: 'Ada',
          agentId: agent,
          personality: 'dry',
          systemPrompt: 'Doubt.',
          temperature: 1.5,
          maxRetries: 7,
          timeoutSeconds: 300,
        },
      },
    ],
  });
});

test('a seat’s overrides lie over its agent, and later edits of the agent change nothing', async ({
  api,
  engine,
}) => {
  const ada = await engine.caller();
  const agent = await makeAgent(ada, 'critic');
  const members = [
    { slot: 'debater_2', position: 1, agent, overrides: { temperature: 0 } },
    { slot: 'debater_1', position: 0, agent: 'critic' },
  ];
  const body = debateStart({
    inline: { type: 'debate', config: { consensusMethod: 'majority' }, members },
  });

  const definition = await definitionOf(api, ada, body);
  await ada.patch(`/v1/agents/${agent}`, { configuration: { temperature: 2 } }).expect(200);

  expect(definition.seats).toMatchObject([
    { slot: 'debater_1', position: 0, agent: { temperature: 0.3 } },
    { slot: 'debater_2', position: 1, agent: { temperature: 0 } },
  ]);
});

test('votes are weighed by reliability where a seat has no weight of its own', async ({
  api,
  engine,
}) => {
  const ada = await engine.caller();
  const good = await makeAgent(ada, 'good');
  await api.sql(
    'update conclave.agent_profile set judged_count = 95, good_count = 87 where agent_id = $1',
    [good],
  );
  const members = [
    { slot: 'debater_1', agent: good },
    { slot: 'debater_2', agent: inlineAgent('new') },
    { slot: 'debater_3', agent: inlineAgent('set'), weight: 4 },
  ];

  const definition = await definitionOf(
    api,
    ada,
    debateStart({ inline: { type: 'debate', config: { consensusMethod: 'weighted' }, members } }),
  );

  const [byRecord, newcomer, own] = definition.seats.map(({ weight }) => weight);
  expect(byRecord).toBeCloseTo(Math.log(0.9 / 0.1), 10);
  expect(newcomer).toBeCloseTo(Math.log(0.6 / 0.4), 10);
  expect(own).toBe(4);
});

test('a living agent that is named as mediator gets a seat', async ({ api, engine }) => {
  const ada = await engine.caller();
  const agent = await makeAgent(ada, 'max');
  const start = debateStart();
  const config = { consensusMethod: 'mediator', mediatorAgentName: 'max' };

  const definition = await definitionOf(api, ada, {
    ...start,
    inline: { ...start.inline, config },
  });

  expect(definition).toMatchObject({
    mediatorSlot: 'mediator',
    seats: [
      { slot: 'debater_1' },
      { slot: 'debater_2' },
      { slot: 'mediator', agent: { agentId: agent } },
    ],
  });
});

test('seats of agents, templates and models that cannot be had are all told at once', async ({
  engine,
}) => {
  const ada = await engine.caller();
  const members = [
    { slot: 'debater_1', agent: 'nobody' },
    { slot: 'debater_2', template: 'nothing' },
    { slot: 'debater_3', agent: inlineAgent('c', { models: [{ provider: 'none', model: 'm' }] }) },
  ];

  const res = await ada.post(
    '/v1/executions',
    debateStart({ inline: { type: 'debate', config: {}, members } }),
  );

  expect(res.body).toMatchObject({ status: 400, code: 'invalid_request' });
  expect(res.body.errors.map(({ path }: { path: string }) => path)).toEqual([
    'inline.members.0.agent',
    'inline.members.1.template',
    'inline.members',
    'inline.members.2.agent.config.models.0',
  ]);
});
