import { expect, vi } from 'vitest';
import { type Engine, test } from './engine.ts';
import { type PieceSeat, piecesStart } from './pieces.ts';

const says = (text: string) => ({ text, confidence: 0.9 });
const MERGE = says('All together.');
/** Longer than any test. */
const NEVER = { script: [{ delayMs: 600_000 }] };
const item = (id: string, ...requiredCapabilities: string[]) => ({
  id,
  task: `Do ${id}.`,
  requiredCapabilities,
});
/** Law, code, law, code, code. */
const FIVE = ['law', 'code', 'law', 'code', 'code'].map((needed, i) => item(`${i + 1}`, needed));

const register = async (engine: Engine, ...names: string[]): Promise<void> => {
  for (const name of names) await engine.http.post('/v1/capabilities', { name });
};

/** Makes an agent that can do these so well. */
async function make(
  engine: Engine,
  name: string,
  skills: Readonly<Record<string, number>>,
): Promise<string> {
  const capabilities = Object.entries(skills).map(([skill, proficiency]) => ({
    name: skill,
    proficiency,
  }));
  const { status } = await engine.http.post('/v1/agents', { name, capabilities });
  expect(status).toBe(201);
  return name;
}

/** Has saved agents share out the items; answers who got each, and under which method. */
async function share(engine: Engine, config: object, items: readonly object[], agents: string[]) {
  const id = await engine.start({
    inline: {
      type: 'delegation',
      config,
      members: [
        {
          slot: 'coordinator',
          agent: { name: 'chair', config: { rehearsal: { script: [MERGE] } } },
        },
        ...agents.map((agent, i) => ({ slot: `specialist_${i + 1}`, agent })),
      ],
    },
    input: { task: 'Have a party.', items },
  });
  const { output, error } = await engine.untilClosed(id);
  expect(error).toBeNull();
  const { method, assignments } = output as unknown as {
    method: string;
    assignments: { slot: string; score: number }[];
  };
  return { method, seats: assignments.map(({ slot }) => Number(slot.split('_')[1])) };
}

test('the same five items, by every strategy that gives each to one', async ({ engine }) => {
  await register(engine, 'law', 'code');
  const agents = [
    await make(engine, 'coder', { code: 0.9 }),
    await make(engine, 'both', { code: 0.4, law: 0.9 }),
    await make(engine, 'lawyer', { law: 0.9 }),
  ];
  const by = (config: object) => share(engine, config, FIVE, agents);
  const match = 'capability_match';

  // One after the other: open work elsewhere counts.
  const balanced = await by({ routingStrategy: match });
  const unbalanced = await by({ routingStrategy: match, loadBalance: false });
  const recommended = await by({ routingStrategy: 'recommended' });
  const leastLoaded = await by({ routingStrategy: 'least_loaded' });
  const inTurn = await by({ routingStrategy: 'round_robin' });

  // Code goes to 1, who does it better than 2. In law 2 and 3 are equal: 2 sits first, then 3 has less to do.
  expect(balanced).toEqual({ method: match, seats: [2, 1, 3, 1, 1] });
  // Of equals always the first.
  expect(unbalanced).toEqual({ method: match, seats: [2, 1, 2, 1, 1] });
  // There is no recommender yet.
  expect(recommended).toEqual(balanced);
  // Work so far: – ; 2 has 1; 1, 2 have 1; all have 1: 1 sits first; 1 has 2, so 2.
  expect(leastLoaded).toEqual({ method: 'least_loaded', seats: [2, 1, 3, 1, 2] });
  // Whoever fits next after the last: law from 1 on: 2; code after 2: 3 cannot, 1; law after 1: 2; code after 2: 1; after 1: 2.
  expect(inTurn).toEqual({ method: 'round_robin', seats: [2, 1, 2, 1, 2] });
});

test('who is at work elsewhere has less room, where load counts', async ({ engine }) => {
  await register(engine, 'diving');
  const both = [
    await make(engine, 'busy', { diving: 0.5 }),
    await make(engine, 'idle', { diving: 0.5 }),
  ];
  const dive = [item('dive', 'diving')];
  const elsewhere = await engine.start({
    inline: {
      type: 'ensemble',
      config: { aggregationMethod: 'vote' },
      members: [{ slot: 'member_1', agent: 'busy', overrides: { rehearsal: NEVER } }],
    },
    input: { question: 'Well?' },
  });
  const stateOf = async () =>
    (await engine.http.get<{ state: string }>(`/v1/executions/${elsewhere}`)).body.state;
  await vi.waitFor(async () => expect(await stateOf()).toBe('running'), 30_000);

  const loaded = await share(engine, { routingStrategy: 'least_loaded' }, dive, both);
  await engine.http.post(`/v1/executions/${elsewhere}/cancel`, {});
  await engine.untilClosed(elsewhere);
  const free = await share(engine, { routingStrategy: 'least_loaded' }, dive, both);

  expect(loaded.seats).toEqual([2]);
  expect(free.seats).toEqual([1]);
});

/** The coordinator and specialists with a script of one entry. */
const party = (...specialists: Omit<PieceSeat, 'slot'>[]): PieceSeat[] => [
  { slot: 'coordinator', script: [MERGE] },
  ...specialists.map((seat, i) => ({ slot: `specialist_${i + 1}`, ...seat })),
];

/** What came of an item that a seat was given; without a text it refused. */
const given = (seat: number, of: string, text: string | null) => ({
  slot: `specialist_${seat}`,
  item: of,
  status: text === null ? 'failed' : 'reported',
  text,
  failureCode: text === null ? 'model_refused' : null,
});

test('broadcast: all who fit do the item; one report is enough, and every report is merged', async ({
  engine,
}) => {
  await register(engine, 'law', 'code');
  const body = piecesStart(
    'delegation',
    party(
      { capabilities: ['code'], script: [says('Written by 1.')] },
      { capabilities: ['code', 'law'], script: [says('Read by 2.'), says('Written by 2.')] },
      { capabilities: ['law'], script: [{ error: 'refused' }] },
    ),
    {
      config: { routingStrategy: 'broadcast' },
      input: { task: 'Have a party.', items: [item('read', 'law'), item('write', 'code')] },
    },
  );

  const id = await engine.start(body);

  const { output, usage } = await engine.untilClosed(id);
  expect(output).toMatchObject({
    answer: 'All together.',
    method: 'broadcast',
    // One for the items, none for another try, one for the merge.
    rounds: 2,
    contributions: [
      given(2, 'read', 'Read by 2.'),
      given(3, 'read', null),
      given(1, 'write', 'Written by 1.'),
      given(2, 'write', 'Written by 2.'),
    ],
  });
  expect(usage).toMatchObject({ calls: 4, failedCalls: 1 });
  const calls = await engine.callsOf(id);
  const merge = calls.toSorted((a, b) => b.sequence - a.sequence)[0]!;
  const { body: asked } = await engine.http.get(`/v1/executions/${id}/calls/${merge.id}`);
  for (const text of ['Read by 2.', 'Written by 1.', 'Written by 2.'])
    expect(JSON.stringify(asked)).toContain(text);
});

test('where no item finds anybody who reports, the delegation fails', async ({ engine }) => {
  const refuses = { script: [{ error: 'refused' }] };
  const body = piecesStart('delegation', party(refuses, refuses), {
    input: { task: 'Have a party.', items: [item('a'), item('b')] },
  });

  const closed = await engine.untilClosed(await engine.start(body));

  expect(closed).toMatchObject({ state: 'failed', error: { code: 'too_many_failures' } });
  // Each item was tried by both; there was nothing to merge.
  expect(closed.usage).toMatchObject({ calls: 0, failedCalls: 4 });
});

test('50 specialists in turn: after the last comes the first', async ({ engine }) => {
  await register(engine, 'singing');
  const silent = Array.from({ length: 49 }, () => ({}));
  const body = piecesStart(
    'delegation',
    party(...silent, { capabilities: ['singing'], script: [says('Sung.')] }),
    {
      config: { routingStrategy: 'round_robin' },
      input: { task: 'Have a party.', items: [item('sing', 'singing'), item('b'), item('c')] },
    },
  );

  const { output } = await engine.untilClosed(await engine.start(body));

  expect(output).toMatchObject({
    answer: 'All together.',
    assignments: [
      { item: 'sing', slot: 'specialist_50', score: 0.5 },
      { item: 'b', slot: 'specialist_1', score: 1 },
      { item: 'c', slot: 'specialist_2', score: 1 },
    ],
    contributions: [{ text: 'Sung.' }, { status: 'reported' }, { status: 'reported' }],
  });
});
