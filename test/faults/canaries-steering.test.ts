import { expect } from 'vitest';
import { scheduleIdOf } from '../../workflows/contract/schedules.ts';
import type { ExecutionBody, InteractionBody } from './bodies.ts';
import {
  only,
  post,
  refused,
  register,
  searched,
  speaker,
  type Stage,
  talk,
  test,
  without,
} from './canary-stage.ts';
import { debate } from './debates.ts';
import { findings } from './haystacks.ts';
import { untilAsked } from './nested.ts';

/** Tables that hold what was said, asked, answered or is to be started, and no others do. */
const OF_TEXTS = [
  'agent_execution',
  'content_body',
  'execution',
  'human_interaction',
  'human_response',
  'idempotency_record',
  'message',
  'schedule',
  'topology',
].map((name) => `table ${name}`);

type Said = Readonly<Record<string, unknown>>;

const json = (body: unknown): RequestInit => post(JSON.stringify(body));
const ended = async ({ engine }: Stage, id: string): Promise<string> =>
  (await engine.untilClosed(id)).state;

/** Answers a question of an execution, or of one below it. */
async function answer(stage: Stage, id: string, answered: (asked: InteractionBody) => Said) {
  const asked = await untilAsked(stage.engine, id);
  const body = { contentHash: asked.contentHash, ...answered(asked) };
  const path = `/v1/interactions/${asked.id}/responses`;
  expect(await stage.engine.http.post(path, body)).toMatchObject({ status: 200 });
  return path;
}

/** A pipeline of one stage. */
const alone = (config: object) => ({
  type: 'pipeline',
  config: { stages: ['say'], retryFailedStages: false },
  members: [{ slot: 'say', agent: { name: 'speaker', config } }],
});
const modelled = ({ text }: Stage) =>
  alone({
    models: [speaker('good').model],
    maxTokens: 900,
    maxRetries: 0,
    systemPrompt: text('child-prompt'),
  });

const ifTask = (value: string) => ({ path: '$.input.task', op: 'contains', value });

test('gates: what they ask, and every kind of answer', async ({ stage }) => {
  const { engine, secret, text } = stage;
  await register(stage, 'good', secret('provider-key'));
  const gated = (...gates: object[]) =>
    engine.start({ ...talk(stage, 'good', 'With people?', true), gates });
  const comment = text('comment');

  const all = await gated(
    { before: 'start', kind: 'input', prompt: text('input-prompt') },
    {
      before: 'round:1',
      kind: 'choice',
      prompt: text('choice-prompt'),
      options: [text('gate-option'), text('other-option')],
    },
    { before: 'completion', kind: 'edit', prompt: text('edit-prompt') },
  );
  const first = await untilAsked(engine, all);
  const path = `/v1/interactions/${first.id}/responses`;
  const stale = { decision: 'answer', text: text('stale'), contentHash: '0'.repeat(64), comment };
  const early = await refused(stage, path, json(stale));
  await answer(stage, all, () => ({ decision: 'answer', text: text('input-answer'), comment }));
  const { contentHash } = first;
  const late = { decision: 'answer', text: text('late-answer'), contentHash };
  const second = await refused(stage, path, json(late));
  const choice = await untilAsked(engine, all);
  const wrong = await refused(
    stage,
    `/v1/interactions/${choice.id}/responses`,
    json({ decision: 'choose', choice: text('no-option'), contentHash: choice.contentHash }),
  );
  await answer(stage, all, () => ({ decision: 'choose', choice: text('gate-option'), comment }));
  const edit = await untilAsked(engine, all);
  const misshapen = await refused(
    stage,
    `/v1/interactions/${edit.id}/responses`,
    json({
      decision: 'edit',
      content: { answer: [text('misshapen-edit')] },
      contentHash: edit.contentHash,
    }),
  );
  await answer(stage, all, ({ content }) => ({
    decision: 'edit',
    content: { ...content, text: text('edited-output') },
    comment,
  }));
  const rejected = await gated({ before: 'completion', prompt: text('approval-prompt') });
  await answer(stage, rejected, () => ({
    decision: 'reject',
    comment: text('reason-of-rejection'),
  }));
  const expired = await gated({
    before: 'start',
    kind: 'edit',
    prompt: text('expired-prompt'),
    deadlineSeconds: 1,
    onTimeout: 'fail',
  });

  expect([early, second, wrong, misshapen]).toEqual([409, 409, 400, 400]);
  expect(await ended(stage, all)).toBe('completed');
  expect(await ended(stage, rejected)).toBe('failed');
  expect(await ended(stage, expired)).toBe('failed');
});

test('questions of agents: answered, refused, too many, withdrawn', async ({ stage }) => {
  const { engine, text } = stage;
  const asks = (name: string, options?: readonly string[]) => ({
    toolCalls: [
      { name: 'ask_person', arguments: { question: text(name), ...(options && { options }) } },
    ],
  });
  const which = asks('question-with-options', [text('first-offer'), text('second-offer')]);
  const when = asks('question-in-free-text');
  const done = { text: text('answer-after-questions'), reasoning: text('reasoning-after') };
  const start = (script: readonly object[], config: object = {}) =>
    engine.start({
      inline: alone({
        models: [{ provider: 'rehearsal', model: 'rehearsal-1' }],
        tools: [{ name: 'ask_person' }],
        rehearsal: { seed: 1, script },
        ...config,
      }),
      input: { task: text('task-with-questions') },
    });

  const answered = await start([which, when, done]);
  await answer(stage, answered, () => ({ decision: 'choose', choice: text('first-offer') }));
  const again = await answer(stage, answered, () => ({
    decision: 'answer',
    text: text('answer-to-agent'),
    comment: text('comment-to-agent'),
  }));
  const twice = await refused(
    stage,
    again,
    json({ decision: 'answer', text: text('second-answer'), contentHash: '0'.repeat(64) }),
  );
  const declined = await start([when, done]);
  await answer(stage, declined, () => ({ decision: 'reject', comment: text('declined') }));
  const looping = await start([when, which], { maxToolCalls: 1 });
  await answer(stage, looping, () => ({ decision: 'answer', text: text('answer-in-loop') }));
  const unfit = await start([asks('unfit-question', [text('only-offer')])], { maxToolCalls: 1 });
  const cancelled = await start([when, done]);
  await untilAsked(engine, cancelled);
  await engine.http.post(`/v1/executions/${cancelled}/cancel`, {});

  expect(twice).toBe(409);
  const states = [answered, declined, looping, unfit, cancelled].map((id) => ended(stage, id));
  expect(await Promise.all(states)).toEqual([
    'completed',
    'completed',
    'failed',
    'failed',
    'cancelled',
  ]);
});

test('what people say in between: heard, too late, to nobody', async ({ stage }) => {
  const { engine, text } = stage;
  const line = { choice: text('said-option'), text: text('said'), delayMs: 1_500 };
  const seat = { script: [line, line] };
  const id = await engine.start(
    debate({
      question: text('interrupted-question'),
      options: [text('said-option'), text('unsaid-option')],
      config: { maxRounds: 2, consensusMethod: 'majority', allowEarlyTermination: false },
      debaters: [seat, seat],
    }),
  );
  const path = `/v1/executions/${id}/interject`;
  const statuses = [
    (await engine.http.post(path, { text: text('said-to-all') })).status,
    (await engine.http.post(path, { text: text('said-to-one'), to: ['debater_2'] })).status,
    await refused(stage, path, json({ text: text('said-to-nobody'), to: ['nobody'] })),
    await refused(stage, path, json({ text: text('said-at-length').repeat(3_000) })),
  ];
  await engine.untilClosed(id);
  statuses.push(await refused(stage, path, json({ text: text('said-too-late') })));

  expect(statuses).toEqual([202, 202, 400, 400, 409]);
});

test('forks with other words, and retries', async ({ stage }) => {
  const { engine, fake, text, secret } = stage;
  const origin = await engine.start(talk(stage, 'good', 'To be forked?', true));
  expect(await ended(stage, origin)).toBe('completed');
  const path = `/v1/executions/${origin}/fork`;
  const content = { text: text('edited-message'), data: { reasoning: text('edited-reasoning') } };
  const fork = async (): Promise<string> => {
    const { body } = await engine.http.post<{ id: string }>(path, {
      fromMessage: 2,
      edit: { content },
      config: { maxRounds: 2, allowEarlyTermination: false },
      input: { context: text('fork-context') },
    });
    return body.id;
  };
  const message = `You said: ${text('edited-message')}, ${text('fork-context')}, ${secret('provider-key')}`;
  const echo = { kind: 'status', status: 400, message } as const;

  const good = await ended(stage, await fork());
  fake.failNext(echo, echo);
  const failing = await fork();
  const failed = await ended(stage, failing);
  const retry = `/v1/executions/${failing}/retry`;
  await engine.http.post(retry, {});
  const retried = await ended(stage, failing);
  const bad = await Promise.all(
    [
      { fromMessage: 1, edit: { content: { ...content, data: { choice: text('no-choice') } } } },
      { fromMessage: 99, edit: { content: { text: text('edit-of-nothing') } } },
      { fromMessage: 1, config: { maxRounds: text('config-of-fork') } },
    ].map((body) => refused(stage, path, json(body))),
  );
  bad.push(await refused(stage, retry, json({})));

  expect(bad).toEqual([400, 400, 400, 409]);
  expect([good, failed, retried]).toEqual(['completed', 'failed', 'completed']);
});

test('compounds: in order, side by side, by condition; with a gate, an unfit input, a child that fails', async ({
  stage,
}) => {
  const { engine, fake, text } = stage;
  const child = (name: string, more: object = {}) => ({ name, topology: modelled(stage), ...more });
  const start = (config: object, members: object[] = []) =>
    engine.start({
      inline: { type: 'compound', config, members },
      input: { task: text('compound-task'), context: text('compound-context') },
    });
  const fromFirst = { question: '$.children.first.output.text', context: '$.input.task' };
  const gates = [{ before: 'completion', prompt: text('gate-of-child') }];

  const inOrder = await start({
    children: [child('first', { gates }), child('second', { input: fromFirst })],
  });
  await answer(stage, inOrder, () => ({ decision: 'approve', comment: text('comment-to-child') }));
  const sideBySide = await start(
    {
      compositionType: 'parallel',
      aggregationMethod: 'synthesis',
      children: [child('one'), child('two')],
    },
    [
      {
        slot: 'synthesizer',
        agent: {
          name: 'sue',
          description: text('synthesizer'),
          config: { models: [speaker('good').model], maxTokens: 900 },
        },
      },
    ],
  );
  const byCondition = await start({
    compositionType: 'conditional',
    children: [
      child('never', { when: ifTask(text('condition-that-fails')) }),
      child('taken', { when: ifTask(text('compound-task')) }),
    ],
  });
  const good = [inOrder, sideBySide, byCondition].map((id) => ended(stage, id));
  expect(await Promise.all(good)).toEqual(['completed', 'completed', 'completed']);
  const unfit = await start({
    children: [
      child('first'),
      child('second', { input: { ...fromFirst, options: '$.children.first.output.text' } }),
    ],
  });
  expect(await ended(stage, unfit)).toBe('failed');
  fake.failNext({ kind: 'status', status: 400, message: `You said: ${text('compound-task')}` });
  const broken = await start({ children: [child('first')] });

  expect(await ended(stage, broken)).toBe('failed');
});

test('schedules: kept, started, failed, refused', async ({ stage, temporal }) => {
  const { engine, text } = stage;
  const { http } = engine;
  const times = { cron: '0 0 1 1 *', timezone: 'UTC' };
  const execution = { ...talk(stage, 'good', text('scheduled-question'), true) };
  const gates = [{ before: 'start', prompt: text('scheduled-prompt'), onTimeout: 'approve' }];
  type Kept = { id: string; lastExecutionId: string | null; lastError: string | null };
  const make = async (body: object): Promise<string> => {
    const made = await http.post<Kept>('/v1/schedules', { ...times, ...body });
    expect(made, JSON.stringify(made.body)).toMatchObject({ status: 201 });
    return made.body.id;
  };
  const trigger = async (id: string, field: 'lastExecutionId' | 'lastError'): Promise<string> => {
    const kept = async () => (await http.get<Kept>(`/v1/schedules/${id}`)).body[field];
    await temporal.client.schedule.getHandle(scheduleIdOf(id)).trigger();
    await expect.poll(kept, { timeout: 30_000 }).not.toBeNull();
    return (await kept())!;
  };
  const seated = { slot: 'say', agent: 'scheduled-agent' };
  const agent = await http.post('/v1/agents', { name: 'scheduled-agent', configuration: {} });
  expect(agent, JSON.stringify(agent.body)).toMatchObject({ status: 201 });
  const topology = await http.post<{ id: string }>('/v1/topologies', {
    name: 'scheduled-topology',
    description: 'One stage.',
    type: 'pipeline',
    config: { stages: ['say'] },
    members: [seated],
  });
  expect(topology, JSON.stringify(topology.body)).toMatchObject({ status: 201 });

  const good = await make({
    name: text('name-of-schedule'),
    execution: { ...execution, gates: [{ ...gates[0], deadlineSeconds: 1 }] },
  });
  const started = await trigger(good, 'lastExecutionId');
  const lost = await make({
    name: text('name-of-lost'),
    execution: { topology: 'scheduled-topology', input: { task: text('task-of-lost') } },
  });
  await http.raw(`/v1/topologies/${topology.body.id}`, { method: 'DELETE' });
  const lastError = await trigger(lost, 'lastError');
  const bad = await Promise.all(
    [
      { ...times, cron: text('no-cron'), name: 'x', execution },
      { ...times, timezone: text('no-timezone'), name: 'x', execution },
      { ...times, name: 'x', execution: { ...execution, priority: text('no-priority') } },
      { ...times, name: 'x', execution: { input: { task: text('nothing-to-start') } } },
    ].map((body) => refused(stage, '/v1/schedules', json(body))),
  );

  expect(await ended(stage, started)).toBe('completed');
  expect(lastError).toContain('scheduled-topology');
  expect(bad).toEqual([400, 400, 400, 400]);
});

test('none of it is anywhere but where it belongs', async ({ stage, temporal }) => {
  const { engine, fake, secrets, texts } = stage;
  const { outside, tables } = await searched(stage, temporal);
  const elsewhere = without(OF_TEXTS, tables);

  expect(texts.size).toBeGreaterThanOrEqual(60);
  expect(findings([...secrets, ...texts], outside)).toEqual([]);
  expect(findings(secrets, tables)).toEqual([]);
  expect(findings(texts, elsewhere)).toEqual([]);

  // They did pass through, and the search does find.
  const asked = JSON.stringify(fake.calls);
  for (const name of ['input-answer', 'edited-message', 'compound-task', 'scheduled-question'])
    expect(asked).toContain(stage.text(name));
  const kept = findings(texts, only(OF_TEXTS, tables));
  for (const [name, table] of [
    ['edited-output', 'execution'],
    ['gate-of-child', 'human_interaction'],
    ['comment-to-agent', 'human_response'],
    ['said-to-one', 'message'],
    ['question-in-free-text', 'content_body'],
    ['task-of-lost', 'schedule'],
  ] as const)
    expect(kept).toContain(`${stage.text(name)} in table ${table}`);
  const { body } = await engine.http.get<{ items: ExecutionBody[] }>('/v1/executions?limit=200');
  const oldest = body.items.at(-1)!.id;
  expect(findings([oldest], outside)).toEqual(
    expect.arrayContaining(['log of api', 'histories'].map((place) => `${oldest} in ${place}`)),
  );
  for (const [place, haystack] of outside)
    expect(haystack.join('').length, place).toBeGreaterThan(100);
});
