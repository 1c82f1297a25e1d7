import { expect } from 'vitest';
import type { Vote } from '../../workflows/contract/outcomes.ts';
import { startDebate, test } from './executions-fixtures.ts';

const vote = (slot: string, sequence: number, position: number): Vote => ({
  slot,
  sequence,
  position,
  weight: 1,
  confidence: 0.8,
});

test('an execution shows state, progress, usage from the ledger, and its output', async ({
  engine,
}) => {
  const ada = await engine.caller();
  const id = await startDebate(ada, { title: 'Friday', metadata: { team: 'core' } });
  const play = engine.play(ada, id);

  const queued = await ada.get(`/v1/executions/${id}`).expect(200);
  await play.prepare();
  await play.speak({ slot: 'debater_1', sequence: 1, choice: 'yes' });
  const running = await ada.get(`/v1/executions/${id}`).expect(200);
  await play.fail({ slot: 'debater_2', sequence: 2 });
  await play.complete([vote('debater_1', 1, 0)]);
  const closed = await ada.get(`/v1/executions/${id}`).expect(200);

  expect(queued.body).toMatchObject({
    id,
    kind: 'topology',
    type: 'debate',
    title: 'Friday',
    state: 'queued',
    progressPercentage: 0,
    metadata: { team: 'core' },
    input: { question: 'Ship on Friday?', options: ['yes', 'no'] },
    output: null,
    usage: { calls: 0, attempts: 0, costUsd: '0.000000', rehearsal: false },
    timings: { startedAt: null, completedAt: null, durationMs: null },
    openInteractions: [],
    parent: null,
    children: [],
    error: null,
    workflowId: `execution/${id}`,
  });
  expect(running.body).toMatchObject({
    state: 'running',
    progressPercentage: 25,
    statusMessage: 'in round 1 of at most 2',
    usage: { calls: 1, attempts: 1, inputTokens: 100, outputTokens: 20, costUsd: '0.000250' },
  });
  expect(closed.body).toMatchObject({
    state: 'completed',
    progressPercentage: 100,
    statusMessage: 'agreed in round 1',
    output: { answer: 'yes', rounds: 1, converged: true },
    usage: {
      calls: 1,
      attempts: 2,
      failedCalls: 1,
      repeatedCalls: 0,
      costUsd: '0.000500',
      rehearsal: true,
    },
  });
  expect(closed.body.timings.durationMs).toBeGreaterThanOrEqual(0);
});

test('messages and responses come in the order of the transcript, page by page', async ({
  engine,
}) => {
  const ada = await engine.caller();
  const id = await startDebate(ada);
  const play = engine.play(ada, id);
  await play.prepare();
  await play.speak({ slot: 'debater_2', sequence: 2, choice: 'no' });
  await play.speak({ slot: 'debater_1', sequence: 1, choice: 'yes', isRehearsal: false });
  await play.fail({ slot: 'debater_1', sequence: 3, round: 2 });

  const first = await ada.get(`/v1/executions/${id}/messages?limit=2`).expect(200);
  const { nextCursor } = first.body;
  const second = await ada.get(`/v1/executions/${id}/messages?limit=2&cursor=${nextCursor}`);
  const responses = await ada.get(`/v1/executions/${id}/responses`).expect(200);

  expect(first.body.items).toMatchObject([
    {
      executionId: id,
      sequence: 1,
      round: 1,
      type: 'response',
      sender: { slot: 'debater_1', name: 'ada' },
      recipients: null,
      content: { text: 'I say yes.', data: { choice: 'yes' } },
      rehearsal: false,
    },
    { sequence: 2, sender: { slot: 'debater_2', name: 'bob' }, rehearsal: true },
  ]);
  expect(second.body).toMatchObject({
    items: [{ sequence: 3, type: 'system', failureCode: 'model_refused' }],
    nextCursor: null,
  });
  expect(responses.body.items).toMatchObject([
    { slot: 'debater_1', choice: 'yes', confidence: 0.8, abstained: false, failureCode: null },
    { slot: 'debater_2', choice: 'no', weight: 1 },
    { slot: 'debater_1', choice: null, failureCode: 'model_refused', round: 2 },
  ]);
  await ada.get(`/v1/executions/${id}/messages?cursor=nonsense`).expect(400);
});

test('the ledger shows calls in flight as started, and what was asked and answered', async ({
  engine,
}) => {
  const ada = await engine.caller();
  const id = await startDebate(ada);
  const play = engine.play(ada, id);
  await play.prepare();
  await play.speak({ slot: 'debater_1', sequence: 1, choice: 'yes' });
  await play.fail({ slot: 'debater_2', sequence: 2 });
  await play.begin({ slot: 'debater_2', sequence: 3, round: 2 });

  const all = await ada.get(`/v1/executions/${id}/calls`).expect(200);
  const paged = await ada.get(`/v1/executions/${id}/calls?limit=1`).expect(200);
  const rest = await ada.get(`/v1/executions/${id}/calls?cursor=${paged.body.nextCursor}`);
  const detail = (n: number) => ada.get(`/v1/executions/${id}/calls/${all.body.items[n].id}`);
  const [answered, refused, flying] = [await detail(0), await detail(1), await detail(2)];

  expect(all.body.items).toMatchObject([
    {
      key: `${id}/1/0`,
      slot: 'debater_1',
      state: 'succeeded',
      provider: 'rehearsal',
      costUsd: '0.000250',
      error: null,
    },
    { key: `${id}/2/0`, state: 'failed', error: { code: 'model_refused', message: 'it declined' } },
    { key: `${id}/3/0`, slot: 'debater_2', state: 'started', round: 2, completedAt: null },
  ]);
  expect([...paged.body.items, ...rest.body.items]).toEqual(all.body.items);
  expect(answered.body.asked.messages[0].text).toContain('Ship on Friday?');
  expect(answered.body.answered).toMatchObject({ text: 'I say yes.', data: { choice: 'yes' } });
  expect(refused.body.answered).toBeNull();
  expect(flying.body).toMatchObject({ state: 'started', answered: null });
  expect(flying.body.asked.messages[0].text).toContain('ada (debater_1) [yes]:\nI say yes.');
  await ada.get(`/v1/executions/${id}/calls/${id}`).expect(404);
});

test('history, tree and transcript tell of states, usage and what was said, rehearsal labelled', async ({
  engine,
}) => {
  const ada = await engine.caller();
  const id = await startDebate(ada, { title: 'Friday\n# not a heading' });
  const play = engine.play(ada, id);
  await play.prepare();
  await play.speak({ slot: 'debater_1', sequence: 1, text: 'Tests pass.\n# Outcome' });
  await play.speak({ slot: 'debater_2', sequence: 2, choice: 'no', isRehearsal: false });
  await play.complete([vote('debater_1', 1, 0), vote('debater_2', 2, 1)]);

  const history = await ada.get(`/v1/executions/${id}/history`).expect(200);
  const tree = await ada.get(`/v1/executions/${id}/tree`).expect(200);
  const transcript = await ada.get(`/v1/executions/${id}/transcript`).expect(200);

  expect(history.body.items.map((entry: { newState: string }) => entry.newState)).toEqual([
    'queued',
    'preparing',
    'running',
    'completed',
  ]);
  expect(history.body.items[0]).toMatchObject({ previousState: null, actor: `user:${ada.id}` });
  expect(tree.body).toMatchObject({ id, state: 'completed', usage: { calls: 2 }, children: [] });
  expect(transcript.headers['content-type']).toBe('text/markdown; charset=utf-8');
  const lines = transcript.text.split('\n');
  expect(lines[0]).toBe('# Friday # not a heading');
  expect(lines.filter((line) => line.startsWith('#')).slice(1)).toEqual([
    '## Round 1',
    '## Outcome',
    '### Votes',
    '### Dissent',
  ]);
  expect(transcript.text).toContain('**ada** (debater_1) [rehearsal]: *yes*, 80 % sure');
  expect(transcript.text).toContain('**bob** (debater_2): *no*, 80 % sure');
  expect(transcript.text).toContain('no model was asked');
});

test('a failed execution says why', async ({ engine }) => {
  const ada = await engine.caller();
  const id = await startDebate(ada);
  const play = engine.play(ada, id);
  await play.prepare();

  await play.failExecution('Fewer than two seats voted.');

  const { body } = await ada.get(`/v1/executions/${id}`).expect(200);
  expect(body).toMatchObject({
    state: 'failed',
    error: { code: 'no_quorum', message: 'Fewer than two seats voted.' },
  });
});

test('lists are filtered, newest first, and lose nothing between pages', async ({ engine }) => {
  const ada = await engine.caller();
  const made: string[] = [];
  for (const correlationId of ['a', 'b', 'a'])
    made.unshift(await startDebate(ada, { correlationId }));
  await engine.play(ada, made[0]!).prepare();

  const list = async (query: string): Promise<{ items: { id: string }[]; nextCursor: string }> =>
    (await ada.get(`/v1/executions?${query}`).expect(200)).body;
  const ids = async (query: string): Promise<string[]> =>
    (await list(query)).items.map(({ id }) => id);
  const page = await list('limit=2');
  await startDebate(ada);
  const next = await list(`limit=2&cursor=${page.nextCursor}`);

  expect([...page.items, ...next.items].map(({ id }) => id)).toEqual(made);
  expect(await ids('correlationId=a')).toEqual([made[0], made[2]]);
  expect(await ids('state=running')).toEqual([made[0]]);
  expect(await ids('type=soloAgent')).toEqual([]);
  expect(await ids('project=default&limit=200')).toHaveLength(4);
  expect(await ids('project=unknown')).toEqual([]);
  expect(await ids('topology=unknown')).toEqual([]);
  await ada.get('/v1/executions?state=asleep').expect(400);
  await ada.get('/v1/executions?limit=0').expect(400);
  await ada.get('/v1/executions?colour=red').expect(400);
});

test('waitSeconds answers as soon as the execution is closed, and not before the time is up otherwise', async ({
  engine,
}) => {
  const ada = await engine.caller();
  const [closing, open] = [await startDebate(ada), await startDebate(ada)];
  const play = engine.play(ada, closing);
  await play.prepare();

  const begun = performance.now();
  const waiting = ada.get(`/v1/executions/${closing}?waitSeconds=20`).expect(200);
  const closed = waiting.then(({ body }) => ({
    state: body.state,
    after: performance.now() - begun,
  }));
  await play.speak({ slot: 'debater_1', sequence: 1 });
  await play.complete([vote('debater_1', 1, 0)]);
  const still = await ada.get(`/v1/executions/${open}?waitSeconds=1`).expect(200);

  expect(still.body.state).toBe('queued');
  const { state, after } = await closed;
  expect(state).toBe('completed');
  expect(after).toBeLessThan(10_000);
  await ada.get(`/v1/executions/${open}?waitSeconds=61`).expect(400);
});
