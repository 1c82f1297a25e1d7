import { expect } from 'vitest';
import { activitiesOf } from './activities-of.ts';
import { test } from './engine.ts';
import { respond, untilAsked } from './nested.ts';
import { piecesStart } from './pieces.ts';

const says = (text: string, confidence = 0.9) => ({ text, confidence });
const MERGE = says('All together.', 0.8);
const refused = { error: 'refused' };

test('a planned delegation: items go to whoever is capable, a refusal to the next, the coordinator merges', async ({
  engine,
  temporal,
}) => {
  const plan = [
    { title: 'Contract', task: 'Read the contract.', requiredCapabilities: ['law'] },
    { title: 'Program', task: 'Write it.', requiredCapabilities: ['code'] },
    { title: 'Tests', task: 'Test it.', requiredCapabilities: ['code'] },
  ];
  const body = piecesStart('delegation', [
    { slot: 'coordinator', script: [{ plan, text: 'Three items.' }, MERGE] },
    { slot: 'specialist_1', capabilities: ['code'], script: [refused, says('Tested.')] },
    {
      slot: 'specialist_2',
      capabilities: ['code', 'law'],
      script: [says('Read.'), says('Written.')],
    },
  ]);

  const closed = await engine.untilClosed(await engine.start(body));

  expect(closed.error).toBeNull();
  const two = {
    slot: 'specialist_2',
    agent: 'agent_specialist_2',
    confidence: 0.9,
    failureCode: null,
  };
  expect(closed.output).toEqual({
    answer: 'All together.',
    text: 'All together.',
    method: 'capability_match',
    rounds: 4,
    confidence: 0.8,
    assignments: [
      { item: 'Contract', slot: 'specialist_2', score: 0.5 },
      { item: 'Program', slot: 'specialist_1', score: 0.5 },
      { item: 'Tests', slot: 'specialist_1', score: 0.5 },
      { item: 'Program', slot: 'specialist_2', score: 0.5 },
    ],
    contributions: [
      { ...two, item: 'Contract', status: 'reported', text: 'Read.' },
      {
        slot: 'specialist_1',
        agent: 'agent_specialist_1',
        item: 'Program',
        status: 'failed',
        text: null,
        confidence: null,
        failureCode: 'model_refused',
      },
      {
        ...two,
        slot: 'specialist_1',
        agent: 'agent_specialist_1',
        item: 'Tests',
        status: 'reported',
        text: 'Tested.',
      },
      { ...two, item: 'Program', status: 'reported', text: 'Written.' },
    ],
    dissent: [],
  });
  expect(await activitiesOf(temporal, closed), 'the plan brings its routes').not.toContain(
    'routeItems',
  );
});

test('items of the input, nobody capable: the failure names the item and the capability, Temporal hears of neither', async ({
  engine,
  temporal,
}) => {
  const names = ['secret_cooking', 'secret_sailing'];
  for (const name of names) await engine.http.post('/v1/capabilities', { name });
  const items = names.map((name) => ({
    id: `the ${name}`,
    task: `Do the ${name}.`,
    requiredCapabilities: [name],
  }));
  const body = piecesStart(
    'delegation',
    [
      { slot: 'coordinator', script: [MERGE] },
      { slot: 'specialist_1', capabilities: ['secret_cooking'], script: [says('Cooked.')] },
    ],
    { input: { task: 'Have a party.', items } },
  );

  const closed = await engine.untilClosed(await engine.start(body));

  expect(closed.error).toMatchObject({
    code: 'no_capable_agent',
    message: expect.stringMatching(/"the secret_sailing".*capability secret_sailing/),
  });
  expect(closed.usage.calls).toBe(0);
  const history = await temporal.client.workflow.getHandle(closed.workflowId).fetchHistory();
  expect(textsIn(history)).not.toMatch(/secret/);
});

test('what items ask for may be edited before the start: they go to whoever can do them then', async ({
  engine,
}) => {
  for (const name of ['skating', 'skiing']) await engine.http.post('/v1/capabilities', { name });
  const items = [{ id: 'go', task: 'Go there.', requiredCapabilities: ['skating'] }];
  const body = piecesStart(
    'delegation',
    [
      { slot: 'coordinator', script: [MERGE] },
      { slot: 'specialist_1', capabilities: ['skiing'], script: [says('Went.')] },
    ],
    { input: { task: 'Have a party.', items } },
  );
  const id = await engine.start({ ...body, gates: [{ before: 'start', kind: 'edit' }] });
  const asked = await untilAsked(engine, id);

  const input = {
    task: 'Have a party.',
    items: [{ ...items[0], requiredCapabilities: ['skiing'] }],
  };
  await respond(engine, asked, { decision: 'edit', content: { ...asked.content, input } });
  const closed = await engine.untilClosed(id);

  expect(closed.error).toBeNull();
  expect(closed.output).toMatchObject({ assignments: [{ item: 'go', slot: 'specialist_1' }] });
});

test('with a fallback agent of its own seat, it gets what nobody can do', async ({ engine }) => {
  await engine.http.post('/v1/capabilities', { name: 'diving' });
  await engine.http.post('/v1/agents', {
    name: 'all-rounder',
    configuration: { rehearsal: { script: [says('Dived.', 0.6)] } },
  });
  const items = [{ id: 'dive', task: 'Dive.', requiredCapabilities: ['diving'] }];
  const body = piecesStart(
    'delegation',
    [
      { slot: 'coordinator', script: [MERGE] },
      { slot: 'specialist_1', capabilities: ['cooking'], script: [says('Cooked.')] },
    ],
    { config: { fallbackAgentName: 'all-rounder' }, input: { task: 'Have a party.', items } },
  );

  const closed = await engine.untilClosed(await engine.start(body));

  expect(closed.output).toMatchObject({
    rounds: 2,
    assignments: [{ item: 'dive', slot: 'fallback', score: 0 }],
    contributions: [{ slot: 'fallback', agent: 'all-rounder', text: 'Dived.' }],
  });
});

test('without a script: the coordinator asks for what its specialists can do', async ({
  engine,
}) => {
  const body = piecesStart('delegation', [
    { slot: 'coordinator' },
    { slot: 'specialist_1', capabilities: ['code'] },
    { slot: 'specialist_2', capabilities: ['law'] },
  ]);

  const closed = await engine.untilClosed(await engine.start(body));

  expect(closed.error).toBeNull();
  expect(closed.output).toMatchObject({ method: 'capability_match', rounds: 3 });
});

/** Everything readable in a history. */
const textsIn = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) =>
    each instanceof Uint8Array ? Buffer.from(each).toString() : each,
  );
