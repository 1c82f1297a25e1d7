import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { CallBody, InteractionBody, Page } from './bodies.ts';
import { type Engine, test } from './engine.ts';

interface Question extends InteractionBody {
  readonly kind: string;
  readonly gate: string;
  readonly prompt: string;
  readonly options: readonly string[] | null;
  readonly content: Readonly<Record<string, unknown>>;
}

const asks = (args: Readonly<Record<string, unknown>>) => ({
  toolCalls: [{ name: 'ask_person', arguments: args }],
});
const WHEN = asks({ question: 'When is the deadline?' });
const WHICH = asks({ question: 'Which branch?', options: ['main', 'next'] });
const SHIP = { text: 'Ship it.' };

/** An agent that may ask. */
const asker = (script: readonly object[], config: object = {}) => ({
  name: `ada-${randomUUID()}`,
  configuration: {
    models: [{ provider: 'rehearsal', model: 'rehearsal-1' }],
    tools: [{ name: 'ask_person' }],
    rehearsal: { seed: 1, script },
    ...config,
  },
});

/** Starts it alone. */
async function startAsker(engine: Engine, script: readonly object[], config?: object) {
  const agent = asker(script, config);
  expect(await engine.http.post('/v1/agents', agent)).toMatchObject({ status: 201 });
  return engine.start({ agent: agent.name, input: { question: 'Ship?' } });
}

const questionsOf = async ({ http }: Engine, id: string): Promise<readonly Question[]> => {
  const { body } = await http.get<Page<Question>>(`/v1/interactions?execution=${id}`);
  return body.items;
};

/** Waits for the question that is open. */
async function openQuestion(engine: Engine, id: string): Promise<Question> {
  const pending = async () => (await questionsOf(engine, id)).filter((q) => q.state === 'pending');
  await expect.poll(async () => (await pending()).length, { timeout: 60_000 }).toBe(1);
  return (await pending())[0]!;
}

async function respond(engine: Engine, { id, contentHash }: Question, answer: object) {
  const { status } = await engine.http.post(`/v1/interactions/${id}/responses`, {
    contentHash,
    ...answer,
  });
  expect(status).toBe(200);
}

const keysOf = (calls: readonly CallBody[]) => calls.map(({ key }) => key.split('/').slice(1));

test('an agent asks twice in one turn, to choose and in free text, and answers after that', async ({
  engine,
}) => {
  const id = await startAsker(engine, [WHICH, WHEN, SHIP]);

  const which = await openQuestion(engine, id);
  expect(which).toMatchObject({
    kind: 'choice',
    gate: 'tool:ask_person',
    prompt: 'Which branch?',
    options: ['main', 'next'],
    content: {
      question: 'Which branch?',
      agent: { agent: expect.stringMatching(/^ada-/) },
      input: { question: 'Ship?' },
    },
  });
  const view = await engine.http.get<{ state: string; openInteractions: readonly Question[] }>(
    `/v1/executions/${id}`,
  );
  expect(view.body).toMatchObject({ state: 'paused', openInteractions: [{ id: which.id }] });
  await respond(engine, which, { decision: 'choose', choice: 'next' });
  const when = await openQuestion(engine, id);
  expect(when).toMatchObject({ kind: 'input', prompt: 'When is the deadline?', options: null });
  await respond(engine, when, { decision: 'answer', text: 'On Friday.' });

  expect(await engine.untilClosed(id)).toMatchObject({
    state: 'completed',
    output: { text: 'Ship it.' },
    usage: { calls: 3, repeatedCalls: 0, failedCalls: 0 },
  });
  const calls = await engine.callsOf(id);
  expect(keysOf(calls)).toEqual([
    ['1', '0'],
    ['1', '1'],
    ['1', '2'],
  ]);
  const last = await engine.http.get<{ asked: { messages: readonly { text: string }[] } }>(
    `/v1/executions/${id}/calls/${calls[2]!.id}`,
  );
  expect(JSON.stringify(last.body)).toContain('Answer: next');
  expect(JSON.stringify(last.body)).toContain('Answer: On Friday.');
  expect(await engine.messagesOf(id)).toHaveLength(1);
});

test('where nobody would answer, or not in time, the agent goes on without', async ({ engine }) => {
  const tools = [{ name: 'ask_person', deadlineSeconds: 1 }];
  const late = await startAsker(engine, [WHEN, SHIP], { tools });
  const refused = await startAsker(engine, [WHICH, SHIP]);

  await respond(engine, await openQuestion(engine, refused), { decision: 'reject' });

  for (const id of [late, refused])
    expect(await engine.untilClosed(id)).toMatchObject({
      state: 'completed',
      output: { text: 'Ship it.' },
      usage: { calls: 2 },
    });
  expect(await questionsOf(engine, late)).toMatchObject([{ state: 'expired' }]);
});

test('an agent that asks more often than it may has failed; a retry asks nothing that was answered', async ({
  engine,
}) => {
  const id = await startAsker(engine, [WHEN, WHICH, SHIP], { maxToolCalls: 1 });
  await respond(engine, await openQuestion(engine, id), { decision: 'answer', text: 'Friday' });

  const failed = {
    state: 'failed',
    error: { code: 'loop_detected', message: expect.stringContaining('maxToolCalls') },
    usage: { calls: 1, failedCalls: 1, repeatedCalls: 0 },
  };
  expect(await engine.untilClosed(id)).toMatchObject(failed);
  expect(await engine.http.post(`/v1/executions/${id}/retry`, {})).toMatchObject({ status: 202 });
  expect(await engine.untilClosed(id)).toMatchObject({
    ...failed,
    usage: { calls: 1, failedCalls: 2 },
  });
  expect(await questionsOf(engine, id)).toHaveLength(1);
});

test('deaths while it waits, and after the answer, repeat neither question nor call', async ({
  engine,
}) => {
  const id = await startAsker(engine, [WHICH, { ...SHIP, delayMs: 500 }]);
  const question = await openQuestion(engine, id);

  for (const role of ['inference', 'orchestration'] as const) {
    await engine.system.kill(role);
    await engine.startRole(role);
  }
  expect(await questionsOf(engine, id)).toHaveLength(1);
  await engine.system.kill('orchestration');
  await respond(engine, question, { decision: 'choose', choice: 'main' });
  await engine.startRole('orchestration');
  await expect
    .poll(async () => (await engine.callsOf(id)).length, { timeout: 60_000, interval: 50 })
    .toBe(2);
  await engine.system.kill('inference');
  await sleep(200);
  await engine.startRole('inference');

  expect(await engine.untilClosed(id)).toMatchObject({
    state: 'completed',
    output: { text: 'Ship it.' },
  });
  expect(await questionsOf(engine, id)).toMatchObject([{ state: 'answered', decision: 'choose' }]);
  const [first, ...later] = await engine.callsOf(id);
  expect(first).toMatchObject({ state: 'succeeded', repeatOf: null });
  expect(later.every(({ key }) => key.split('/').at(-1) === '1')).toBe(true);
});

test('a cancelled execution withdraws the question', async ({ engine }) => {
  const id = await startAsker(engine, [WHEN, SHIP]);
  await openQuestion(engine, id);

  await engine.http.post(`/v1/executions/${id}/cancel`, {});

  expect(await engine.untilClosed(id)).toMatchObject({ state: 'cancelled' });
  expect(await questionsOf(engine, id)).toMatchObject([{ state: 'cancelled' }]);
});

test.for([
  ['a tool that there is not', [{ name: 'http_fetch' }], 'tools.0.name'],
  ['a tool twice', [{ name: 'ask_person' }, { name: 'ask_person' }], 'tools'],
  ['a policy that makes no sense', [{ name: 'ask_person', policy: 'deny' }], 'tools.0.policy'],
  ['no time', [{ name: 'ask_person', deadlineSeconds: 0 }], 'tools.0.deadlineSeconds'],
  [
    'more than a year',
    [{ name: 'ask_person', deadlineSeconds: 31_536_001 }],
    'tools.0.deadlineSeconds',
  ],
] as const)('%s is refused', async ([, tools, path], { engine }) => {
  const res = await engine.http.post<{ errors: readonly { path: string }[] }>(
    '/v1/agents',
    asker([SHIP], { tools }),
  );

  expect(res.status).toBe(400);
  expect(res.body.errors.map((error) => error.path)).toEqual([`configuration.${path}`]);
});
