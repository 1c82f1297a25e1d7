import { describe, expect } from 'vitest';
import { activitiesOf } from './activities-of.ts';
import { type Engine, test } from './engine.ts';
import { playProvider } from './play-provider.ts';
import type { ExecutionBody } from './bodies.ts';

/** What these tests read of an execution beside the rest. */
interface CompoundBody extends ExecutionBody {
  readonly children: readonly string[];
  readonly parent: string | null;
  readonly input: Readonly<Record<string, unknown>>;
}

interface Node {
  readonly id: string;
  readonly type: string;
  readonly state: string;
  readonly slot: string | null;
  readonly usage: { readonly calls: number };
  readonly totalUsage: { readonly calls: number };
  readonly children: readonly Node[];
}

type Config = Readonly<Record<string, unknown>>;

const says = (text: string, more: Config = {}) => ({ text, reasoning: 'Why.', ...more });

/** A pipeline of one stage that says one thing after the other. */
const speaker = (script: readonly Config[], config: Config = {}) => ({
  type: 'pipeline',
  config: { stages: ['say'], retryFailedStages: false },
  members: [
    {
      slot: 'say',
      agent: { name: 'speaker', config: { ...config, rehearsal: { seed: 1, script } } },
    },
  ],
});

const child = (name: string, topology: unknown, more: Config = {}) => ({ name, topology, ...more });
const compound = (compositionType: string, children: readonly Config[], more: Config = {}) => ({
  type: 'compound',
  config: { compositionType, children, ...more },
});
const start = (inline: unknown, more: Config = {}) => ({
  inline,
  input: { task: 'Find out.' },
  ...more,
});

async function run(engine: Engine, body: unknown): Promise<CompoundBody> {
  const id = await engine.start(body);
  return (await engine.untilClosed(id)) as CompoundBody;
}

async function treeOf(engine: Engine, id: string): Promise<Node> {
  return (await engine.http.get<Node>(`/v1/executions/${id}/tree`)).body;
}

async function childrenOf(
  engine: Engine,
  { children }: CompoundBody,
): Promise<Record<string, CompoundBody>> {
  const bodies = await Promise.all(
    children.map(async (id) => (await engine.http.get<CompoundBody>(`/v1/executions/${id}`)).body),
  );
  const slots = await Promise.all(bodies.map(({ id }) => treeOf(engine, id)));
  return Object.fromEntries(bodies.map((body, i) => [slots[i]!.slot, body]));
}

describe('a sequence', () => {
  test('hands each child what the one before came to, or what its mapping finds', async ({
    engine,
    temporal,
  }) => {
    const children = [
      child('facts', speaker([says('Water boils at 100.')])),
      child('doubt', speaker([says('Not on Everest.')])),
      child('verdict', speaker([says('It depends.')]), {
        input: { question: '$.children.facts.output.text', context: '$.input.task' },
      }),
    ];

    const closed = await run(
      engine,
      start(compound('sequential', children), { title: 'Physics', correlationId: 'c-1' }),
    );
    const byName = await childrenOf(engine, closed);

    expect(closed).toMatchObject({
      state: 'completed',
      progressPercentage: 100,
      statusMessage: '3 children took part',
      output: {
        answer: 'It depends.',
        method: 'sequential',
        rounds: 3,
        children: [{ slot: 'facts' }, { slot: 'doubt' }, { slot: 'verdict', type: 'pipeline' }],
      },
      usage: { calls: 3 },
    });
    expect(await activitiesOf(temporal, closed), 'a child says itself how it ended').toEqual([
      'prepareExecution',
      'openChild',
      'openChild',
      'openChild',
      'closeExecution',
    ]);
    expect(byName['facts']!.input).toEqual({ task: 'Find out.' });
    expect(byName['doubt']!.input).toEqual({
      task: 'Find out.',
      context: 'facts:\nWater boils at 100.',
    });
    expect(byName['verdict']!.input).toEqual({
      question: 'Water boils at 100.',
      context: 'Find out.',
    });
    expect(byName['doubt']).toMatchObject({
      title: 'Physics',
      correlationId: 'c-1',
      parent: closed.id,
    });
    const listed = await engine.http.get<{ items: { id: string }[] }>(
      '/v1/executions?correlationId=c-1',
    );
    expect(listed.body.items.map(({ id }) => id)).toEqual([closed.id]);
    const below = await engine.http.get<{ items: unknown[] }>(`/v1/executions?parent=${closed.id}`);
    expect(below.body.items).toHaveLength(3);
  });

  test('ends with the child that fails, and a retry runs only that one again', async ({
    engine,
  }) => {
    const children = [
      child('first', speaker([says('Good.')])),
      child('second', speaker([says('Fine.')], { maxTokens: 5_000 })),
    ];
    // Room for the first child alone: its prompt and 1,000 tokens of answer.
    const first = speaker([says('Good.')], { maxTokens: 1_000 });

    const failed = await run(
      engine,
      start(compound('sequential', [child('first', first), children[1]!]), {
        budget: { tokens: 3_000 },
      }),
    );
    await engine.http.post(`/v1/executions/${failed.id}/retry`, {});
    const again = (await engine.untilClosed(failed.id)) as CompoundBody;

    expect(failed).toMatchObject({
      state: 'failed',
      error: { code: 'budget_exhausted', message: expect.stringContaining('"second"') },
      usage: { calls: 1 },
    });
    expect(again).toMatchObject({ state: 'failed', usage: { calls: 1 } });
    const tree = await treeOf(engine, failed.id);
    expect(tree.children.map(({ slot, state }) => [slot, state])).toEqual([
      ['first', 'completed'],
      ['second', 'failed'],
    ]);
    const alone = await engine.http.post(`/v1/executions/${tree.children[1]!.id}/retry`, {});
    expect(alone.status).toBe(409);
    const remove = (id: string) => engine.http.raw(`/v1/executions/${id}`, { method: 'DELETE' });
    const removed = await remove(tree.children[0]!.id);
    expect(removed.status).toBe(409);
    expect((await remove(failed.id)).status).toBe(204);
    const gone = await engine.http.get(`/v1/executions/${tree.children[0]!.id}`);
    expect(gone.status).toBe(404);
  });
});

const seat = (name: string) => ({
  type: 'pipeline',
  config: { stages: ['say'], retryFailedStages: false },
  members: [
    { slot: 'say', agent: { name, config: { models: [{ provider: 'nested', model: 'small' }] } } },
  ],
});

test('a retry opens what failed at any level, and pays for nothing twice', async ({ engine }) => {
  let isBroken = true;
  const fake = await playProvider(engine, 'nested', {
    answer: ({ messages }) =>
      isBroken && JSON.stringify(messages).includes('shaky') ? ' ' : 'An answer.',
  });
  const inner = compound('sequential', [child('fine', seat('fine')), child('bad', seat('shaky'))]);
  const failed = await run(
    engine,
    start(compound('sequential', [child('first', seat('first')), child('inner', inner)])),
  );
  const before = fake.calls.length;
  const tree = await treeOf(engine, failed.id);
  const bad = tree.children[1]!.children[1]!;
  isBroken = false;

  await engine.http.post(`/v1/executions/${failed.id}/retry`, {});
  const completed = await engine.untilClosed(failed.id);

  expect(failed).toMatchObject({ state: 'failed', error: { code: 'invalid_output' } });
  expect(completed).toMatchObject({ state: 'completed', error: null, usage: { calls: 3 } });
  const anew = fake.calls.slice(before).map(({ idempotencyKey }) => idempotencyKey);
  expect(anew).toEqual([`${bad.id}/1/0`]);
});

test('five levels deep: every level has rows, transcript and costs of its own', async ({
  engine,
}) => {
  const leaf = speaker([says('From the bottom.')]);
  const nested = Array.from({ length: 5 }).reduce<unknown>(
    (inner, _, i) => compound('sequential', [child(`level_${5 - i}`, inner)]),
    leaf,
  );

  const closed = await run(engine, start(nested));

  expect(closed).toMatchObject({
    state: 'completed',
    output: { answer: 'From the bottom.' },
    usage: { calls: 1 },
  });
  let node = await treeOf(engine, closed.id);
  const levels: [string | null, string, number, number][] = [];
  for (;;) {
    levels.push([node.slot, node.type, node.usage.calls, node.totalUsage.calls]);
    if (node.children.length === 0) break;
    node = node.children[0]!;
  }
  expect(levels).toEqual([
    [null, 'compound', 0, 1],
    ['level_1', 'compound', 0, 1],
    ['level_2', 'compound', 0, 1],
    ['level_3', 'compound', 0, 1],
    ['level_4', 'compound', 0, 1],
    ['level_5', 'pipeline', 1, 1],
  ]);
  const refused = await engine.http.post<{ errors: { message: string }[] }>(
    '/v1/executions',
    start(compound('sequential', [child('level_0', nested)])),
  );
  expect(refused.status).toBe(400);
  expect(refused.body.errors[0]!.message).toContain('5 deep');
});

const three = (method: string, scripts: readonly Config[], more: Config = {}) => ({
  ...compound(
    'parallel',
    scripts.map((entry, i) => child(`child_${i + 1}`, speaker([entry]))),
    { aggregationMethod: method },
  ),
  ...more,
});

describe('parallel children', () => {
  test('vote, with one that failed: half of them may', async ({ engine }) => {
    const closed = await run(
      engine,
      start(three('vote', [says('tea'), { error: 'refused' }, says('Tea!'), says('coffee')])),
    );

    expect(closed).toMatchObject({
      state: 'completed',
      output: {
        answer: 'tea',
        method: 'vote',
        dissent: [{ slot: 'child_4', answer: 'coffee' }],
        children: [{}, { slot: 'child_2', failure: 'model_refused' }, {}, {}],
      },
    });
  });

  test('exactly half may fail, more may not', async ({ engine }) => {
    const refused = { error: 'refused' };

    const half = await run(engine, start(three('concat', [says('a'), refused])));
    const more = await run(engine, start(three('concat', [says('a'), refused, refused])));

    expect(half).toMatchObject({ state: 'completed', output: { text: 'child_1:\na' } });
    expect(more).toMatchObject({
      state: 'failed',
      error: {
        code: 'too_many_failures',
        message: expect.stringContaining('child_2 (model_refused), child_3'),
      },
    });
  });

  test('average: what is no number has failed', async ({ engine }) => {
    const closed = await run(engine, start(three('average', [says('2'), says('two'), says('4')])));

    expect(closed.output).toMatchObject({
      answer: '3',
      value: 3,
      standardDeviation: 1,
      children: [{}, { failure: 'invalid_output' }, {}],
    });
  });

  test('synthesis: an agent hears them all, and what it says is the answer', async ({ engine }) => {
    const script = [{ text: 'Both.', choice: 'both', confidence: 0.7 }];
    const members = [
      { slot: 'synthesizer', agent: { name: 'sue', config: { rehearsal: { seed: 1, script } } } },
    ];

    const closed = await run(
      engine,
      start(three('synthesis', [says('tea'), says('coffee')], { members })),
    );
    const messages = await engine.messagesOf(closed.id);
    const calls = await engine.callsOf(closed.id);
    const asked = await engine.http.get(`/v1/executions/${closed.id}/calls/${calls[0]!.id}`);

    expect(closed).toMatchObject({
      state: 'completed',
      output: { text: 'Both.', method: 'synthesis' },
      usage: { calls: 3 },
    });
    expect(
      messages.map(({ sequence, sender, content }) => [sequence, sender.slot, content.text]),
    ).toEqual([
      [1, 'child_1', 'tea'],
      [2, 'child_2', 'coffee'],
      [3, 'synthesizer', 'Both.'],
    ]);
    expect(JSON.stringify(asked.body)).toMatch(/child_1.*tea.*child_2.*coffee/s);
  });
});

const routed = (kind: string, more: Config = {}) =>
  compound(
    'conditional',
    [
      child('triage', speaker([says(kind)])),
      child('bug', speaker([says('Fixed.')]), {
        when: { path: '$.children.triage.output.answer', op: 'eq', value: 'bug' },
      }),
      child('feature', speaker([says('Planned.')]), {
        when: { path: '$.children.triage.output.answer', op: 'contains', value: 'feat' },
      }),
      child('other', speaker([says('Filed.')])),
    ],
    { default: 'other', ...more },
  );

describe('by condition', () => {
  test.for([
    { kind: 'bug', branch: 'bug', answer: 'Fixed.' },
    { kind: 'a feature', branch: 'feature', answer: 'Planned.' },
    { kind: 'hm', branch: 'other', answer: 'Filed.' },
  ])('$kind leads to $branch', async ({ kind, branch, answer }, { engine }) => {
    const closed = await run(engine, start(routed(kind)));

    expect(closed).toMatchObject({
      state: 'completed',
      output: { answer, branch, method: 'conditional', rounds: 2 },
      usage: { calls: 2 },
    });
    expect(closed.children).toHaveLength(2);
  });

  test('without a default nothing is taken, and that is said', async ({ engine }) => {
    const never = { path: '$.input.context', op: 'exists' };
    const closed = await run(
      engine,
      start(compound('conditional', [child('only', speaker([says('Yes.')]), { when: never })])),
    );

    expect(closed).toMatchObject({
      state: 'completed',
      statusMessage: 'no condition held',
      output: { answer: null, branch: null, children: [] },
      children: [],
    });
  });
});

test('a mapping that makes no input fails the whole, and says which field', async ({ engine }) => {
  const children = [
    child('first', speaker([says('Good.')])),
    child('second', speaker([says('Fine.')]), {
      input: { task: '$.children.first.output.text', options: '$.children.first.output.text' },
    }),
  ];

  const closed = await run(engine, start(compound('sequential', children)));

  expect(closed).toMatchObject({
    state: 'failed',
    error: { code: 'invalid_output', message: expect.stringMatching(/"second".*"options"/) },
  });
  expect(closed.children).toHaveLength(1);
});

const agent = (name: string, entry: Config) => ({
  name,
  config: { rehearsal: { seed: 1, script: [entry] } },
});

test('a child of any type is told of what it was given: an artifact, items of work', async ({
  engine,
}) => {
  const check = {
    type: 'crosscheck',
    config: { numCheckers: 2 },
    members: [1, 2].map((n) => ({
      slot: `checker_${n}`,
      agent: agent(`checker_${n}`, { text: 'Good.', verdict: 'approve', findings: [] }),
    })),
  };
  const work = {
    type: 'delegation',
    config: { routingStrategy: 'round_robin' },
    members: [
      { slot: 'coordinator', agent: agent('chief', says('Merged.', { confidence: 0.9 })) },
      { slot: 'specialist_1', agent: agent('hand', says('Done.', { confidence: 0.9 })) },
    ],
  };
  const children = [
    child('draft', speaker([says('Draft.')])),
    child('check', check, { input: { artifact: '$.children.draft.output.text' } }),
    child('work', work, { input: { task: '$.input.task', items: '$.input.items' } }),
  ];
  const items = [
    { id: 'one', task: 'First.', requiredCapabilities: [] },
    { id: 'two', task: 'Second.', requiredCapabilities: [] },
  ];

  const closed = await run(engine, {
    inline: compound('sequential', children),
    input: { task: 'Find out.', items },
  });

  expect(closed).toMatchObject({ state: 'completed', usage: { calls: 6 } });
});

const slow = () => speaker([says('Late.', { delayMs: 60_000 })]);

async function untilRunning(engine: Engine, id: string, depth: number): Promise<Node> {
  for (let tries = 0; tries < 200; tries++) {
    let node = await treeOf(engine, id);
    for (let level = 0; level < depth && node.children[0]; level++) node = node.children[0];
    if (node.slot === `level_${depth}` && node.state === 'running') return node;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${id} is not running at depth ${depth}`);
}

const deep = () =>
  start(
    compound('sequential', [
      child('level_1', compound('parallel', [child('level_2', slow()), child('beside', slow())])),
    ]),
  );

const statesOf = (node: Node): string[] => [node.state, ...node.children.flatMap(statesOf)];

describe('cancelled', () => {
  test('at the top: everything below is cancelled too', async ({ engine }) => {
    const id = await engine.start(deep());
    await untilRunning(engine, id, 2);

    await engine.http.post(`/v1/executions/${id}/cancel`, {});
    await engine.untilClosed(id);

    expect(statesOf(await treeOf(engine, id))).toEqual(Array(4).fill('cancelled'));
  });

  test('at the bottom: all above fails, and what is beside comes to its end', async ({
    engine,
  }) => {
    const id = await engine.start(
      start(
        compound('sequential', [
          child(
            'level_1',
            compound('parallel', [child('level_2', slow()), child('beside', speaker([says('x')]))]),
          ),
        ]),
      ),
    );
    const bottom = await untilRunning(engine, id, 2);

    await engine.http.post(`/v1/executions/${bottom.id}/cancel`, {});
    const closed = await engine.untilClosed(id);

    expect(closed).toMatchObject({ state: 'failed', error: { code: 'cancelled' } });
    expect(statesOf(await treeOf(engine, id))).toEqual([
      'failed',
      'failed',
      'cancelled',
      'completed',
    ]);
  });
});

test('the budget of the root holds for all that is below it', async ({ engine }) => {
  const talker = speaker([says('Words.')], { maxTokens: 1_000 });
  const grandchildren = Array.from({ length: 4 }, (_, i) => child(`talk_${i + 1}`, talker));
  const whole = compound('sequential', [child('inner', compound('sequential', grandchildren))]);

  const one = await engine.http.post<{ estimate: Record<string, number> }>(
    '/v1/executions?dryRun=true',
    start(talker),
  );
  const { inputTokens, outputTokens } = one.body.estimate;
  const tokens = inputTokens! + outputTokens!;

  const closed = await run(engine, start(whole, { budget: { tokens } }));

  // The first has room for its worst case; what it used is missing for the second, whose prompt is longer too.
  expect(closed).toMatchObject({
    state: 'failed',
    error: { code: 'budget_exhausted' },
    usage: { calls: 1 },
  });
});

const said = (text: string) => says(text, { delayMs: 1_500 });

test('whoever runs workflows may die at any level: no call is made twice', async ({ engine }) => {
  const inner = compound('parallel', [
    child('level_2', speaker([said('left')])),
    child('right', speaker([said('right')])),
  ]);
  const id = await engine.start(
    start(
      compound('sequential', [child('level_1', inner), child('last', speaker([says('done')]))]),
    ),
  );
  await untilRunning(engine, id, 2);

  await engine.system.kill('orchestration');
  await engine.startRole('orchestration');
  const closed = (await engine.untilClosed(id)) as CompoundBody;

  expect(closed).toMatchObject({
    state: 'completed',
    output: { answer: 'done' },
    usage: { calls: 3, repeatedCalls: 0 },
  });
});
