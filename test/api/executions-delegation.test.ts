import { expect } from 'vitest';
import type { Definition } from '../../workflows/contract/definition.ts';
import { debateStart, inlineAgent, test } from './executions-fixtures.ts';

const item = (id: string, ...requiredCapabilities: string[]) => ({
  id,
  task: `Do ${id}.`,
  requiredCapabilities,
});
const delegation = (
  items: readonly object[] | null,
  { members = [{ slot: 'specialist_1', agent: inlineAgent('bob') }], config = {} } = {},
) => ({
  inline: {
    type: 'delegation',
    config,
    members: [{ slot: 'coordinator', agent: inlineAgent('ada') }, ...members],
  },
  input: { task: 'Have a party.', ...(items && { items }) },
});

test.for<[string, object, string[]]>([
  [
    'a capability that is not registered',
    delegation([item('a', 'flying')]),
    ['input.items.0.requiredCapabilities.0'],
  ],
  ['ids that are equal', delegation([item('a'), item('a')]), ['input.items']],
  ['no items at all', delegation([]), ['input.items']],
  ['51 items', delegation(Array.from({ length: 51 }, (_, i) => item(`${i}`))), ['input.items']],
  [
    'items of a debate',
    debateStart({ input: { question: 'q', items: [item('a', 'flying')] } }),
    ['input.items', 'input.items.0.requiredCapabilities.0'],
  ],
  [
    'an unknown field of an item',
    delegation([{ ...item('a'), priority: 1 }]),
    ['input.items.0.priority'],
  ],
])('%s: 400, and nothing is started', async ([, body, paths], { api, engine }) => {
  const ada = await engine.caller();
  const before = await api.countRows();

  const res = await ada.post('/v1/executions', body).expect(400);

  expect(res.body.errors.map(({ path }: { path: string }) => path)).toEqual(paths);
  expect(await api.countRows()).toEqual(before);
});

test('one item and fifty are accepted; a capability may be one’s own or shared', async ({
  engine,
}) => {
  const ada = await engine.caller();
  await ada.post('/v1/capabilities', { name: 'sailing' }).expect(201);
  const fifty = Array.from({ length: 50 }, (_, i) => item(`${i}`));

  await ada.post('/v1/executions', delegation([item('a', 'sailing')])).expect(202);
  await ada.post('/v1/executions', delegation(fifty)).expect(202);
});

test('how well each can do what it can, and what it has to do elsewhere, is settled at acceptance', async ({
  api,
  engine,
}) => {
  const ada = await engine.caller();
  await ada.post('/v1/capabilities', { name: 'law' }).expect(201);
  await ada
    .post('/v1/agents', { name: 'lawyer', capabilities: [{ name: 'law', proficiency: 0.8 }] })
    .expect(201);
  const alone = await ada.post('/v1/executions', { agent: 'lawyer', input: { question: 'q' } });
  await engine.play(ada, alone.body.id).prepare();
  const members = [
    { slot: 'specialist_1', agent: 'lawyer' },
    { slot: 'specialist_2', agent: inlineAgent('bob', { capabilities: [{ name: 'law' }] }) },
  ];

  const res = await ada.post('/v1/executions', delegation(null, { members } as never)).expect(202);

  const [row] = await api.sql<{ definition: Definition }>(
    'select definition from conclave.execution where id = $1',
    [res.body.id],
  );
  expect(
    row!.definition.seats.map(({ agent, otherWork }) => [
      agent.name,
      agent.capabilities.map(({ proficiency }) => proficiency),
      otherWork,
    ]),
  ).toEqual([
    ['ada', [], undefined],
    ['lawyer', [0.8], 1],
    ['bob', [0.5], undefined],
  ]);
  expect(row!.definition.seats[0]!.agent).toMatchObject({ teamCapabilities: ['law'] });
});

test('a dry run says that there is no recommender yet, and what it can come to', async ({
  engine,
}) => {
  const ada = await engine.caller();
  const body = delegation([item('a'), item('b')], { config: { routingStrategy: 'recommended' } });

  const res = await ada.post('/v1/executions?dryRun=true', body).expect(200);

  expect(res.body.problems).toEqual([]);
  // Its one specialist does both, and the coordinator merges.
  expect(res.body.estimate.calls).toBe(3);
  expect(res.body.notices).toContainEqual(expect.stringContaining('no recommender yet'));
});
