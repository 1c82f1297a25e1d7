import { expect } from 'vitest';
import { debateStart, startDebate, test } from './executions-fixtures.ts';
import type { Caller } from './support.ts';

interface Said {
  readonly sequence: number;
  readonly content: unknown;
}

const fork = async (caller: Caller, id: string, body: object): Promise<string> =>
  (await caller.post(`/v1/executions/${id}/fork`, body).expect(202)).body.id as string;
const messagesOf = async (caller: Caller, id: string): Promise<Said[]> =>
  (await caller.get(`/v1/executions/${id}/messages`).expect(200)).body.items as Said[];

/** A debate of two after its first round: yes, no. */
const withRound = test.extend('debate', async ({ engine }) => {
  const ada = await engine.caller();
  const id = await startDebate(ada, { title: 'Friday', budget: { tokens: 90_000 }, priority: 2 });
  const play = engine.play(ada, id);
  await play.prepare();
  await play.speak({ slot: 'debater_1', sequence: 1, choice: 'yes' });
  await play.speak({ slot: 'debater_2', sequence: 2, choice: 'no' });
  return { ada, id, play };
});

withRound(
  'a fork begins with copies, has no calls of its own, and both say where it comes from',
  async ({ debate: { ada, id }, engine, api }) => {
    const res = await ada.post(`/v1/executions/${id}/fork`, { fromMessage: 1 }).expect(202);
    const forkId = res.body.id as string;
    const own = engine.play(ada, forkId);
    await own.prepare();

    expect(res.headers['location']).toBe(`/v1/executions/${forkId}`);
    const view = await ada.get(`/v1/executions/${forkId}`).expect(200);
    expect(view.body).toMatchObject({
      title: 'Friday',
      priority: 2,
      forkedFrom: { executionId: id, sequence: 1 },
      forks: [],
      parent: null,
      usage: { calls: 0, attempts: 0, inputTokens: 0, costUsd: '0.000000' },
    });
    expect((await ada.get(`/v1/executions/${id}`)).body).toMatchObject({ forks: [forkId] });
    const [first] = await messagesOf(ada, id);
    const copies = await messagesOf(ada, forkId);
    expect(copies).toMatchObject([{ sequence: 1, content: first!.content, rehearsal: true }]);
    expect((await ada.get(`/v1/executions/${forkId}/calls`)).body.items).toEqual([]);
    // What was kept is taken as it is; the next turn is a call.
    await expect(own.speak({ slot: 'debater_1', sequence: 1 })).rejects.toThrow('the turn is done');
    await own.speak({ slot: 'debater_2', sequence: 2, choice: 'yes' });
    expect(await messagesOf(ada, forkId)).toHaveLength(2);
    const [budget] = await api.sql('select limit_tokens from conclave.budget where scope_id = $1', [
      forkId,
    ]);
    expect(budget).toEqual({ limit_tokens: '90000' });
    const [event] = await api.sql(
      "select payload from conclave.event where execution_id = $1 and event_type = 'execution.forked'",
      [id],
    );
    expect(event).toEqual({ payload: { executionId: id, forkId, fromMessage: 1 } });
  },
);

withRound(
  'an edit changes the fields that it names, in the fork alone',
  async ({ debate: { ada, id } }) => {
    const content = { text: 'I was wrong.', data: { choice: 'no' } };

    const forkId = await fork(ada, id, { fromMessage: 2, edit: { content } });
    const plain = await fork(ada, id, {
      fromMessage: 2,
      edit: { content: { text: 'Only words.' } },
    });

    const responses = await ada.get(`/v1/executions/${forkId}/responses`).expect(200);
    expect(responses.body.items).toMatchObject([
      { sequence: 1, choice: 'yes' },
      { sequence: 2, choice: 'no', confidence: 0.8, reasoning: 'Because.' },
    ]);
    expect((await messagesOf(ada, forkId))[1]).toMatchObject({
      edited: true,
      content: { text: 'I was wrong.', data: { choice: 'no', confidence: 0.8 } },
    });
    expect((await messagesOf(ada, plain))[1]).toMatchObject({
      content: { text: 'Only words.', data: { choice: 'no' } },
    });
    expect((await messagesOf(ada, id))[1]).toMatchObject({
      edited: false,
      content: { text: 'I say no.' },
    });
  },
);

withRound.for([
  ['a message that there is not', { fromMessage: 9 }, 'fromMessage'],
  ['a choice that is no option', edit({ choice: 'perhaps' }), 'edit.content.data.choice'],
  ['a field that no answer has', edit({ mood: 'good' }), 'edit.content.data.mood'],
  ['a field of no configuration', { fromMessage: 1, config: { speed: 9 } }, 'config.speed'],
  ['a number out of its range', { fromMessage: 1, config: { maxRounds: 11 } }, 'config.maxRounds'],
  [
    'a method without the seat it needs',
    { fromMessage: 1, config: { consensusMethod: 'mediator' } },
    'members',
  ],
  [
    'an agent without a seat',
    { fromMessage: 1, config: { mediatorAgentName: 'carol' } },
    'config.mediatorAgentName',
  ],
  [
    'options without what was chosen',
    { fromMessage: 2, input: { options: ['yes', 'later'] } },
    'input.options',
  ],
  [
    'items of a debate, that require what nobody has registered',
    {
      fromMessage: 1,
      input: { items: [{ id: 'a', task: 'x', requiredCapabilities: ['flying'] }] },
    },
    'input.items.0.requiredCapabilities.0',
  ],
  ['a question beside a task', { fromMessage: 1, input: { question: 'a', task: 'b' } }, 'input'],
] as const)(
  '%s is refused with its place, and nothing is written',
  async ([, body, path], { debate: { ada, id }, api }) => {
    const before = await api.countRows();

    const res = await ada.post(`/v1/executions/${id}/fork`, body);

    expect(res.body, JSON.stringify(res.body)).toMatchObject({
      status: 400,
      code: 'invalid_request',
    });
    expect(res.body.errors.map((problem: { path: string }) => problem.path)).toContain(path);
    expect(await api.countRows()).toEqual(before);
  },
);

withRound(
  'a configuration that never comes by a gate is refused: nobody would be asked',
  async ({ engine }) => {
    const ada = await engine.caller();
    const id = await startDebate(ada, { gates: [{ before: 'start' }, { before: 'round:2' }] });
    const play = engine.play(ada, id);
    await play.prepare();
    await play.speak({ slot: 'debater_1', sequence: 1 });

    const refused = await ada.post(`/v1/executions/${id}/fork`, {
      fromMessage: 1,
      config: { maxRounds: 1 },
    });
    await fork(ada, id, { fromMessage: 1, config: { maxRounds: 3 } });

    expect([refused.status, refused.body.errors]).toMatchObject([
      400,
      [{ path: 'config', message: expect.stringContaining('round:2') }],
    ]);
  },
);

withRound(
  'a changed input is what the fork works on; a new question takes the old one’s place',
  async ({ debate: { ada, id } }) => {
    const forkId = await fork(ada, id, {
      fromMessage: 2,
      input: { task: 'Plan Monday.', options: ['yes', 'no', 'never'] },
    });

    const { body } = await ada.get(`/v1/executions/${forkId}`).expect(200);
    expect(body.input).toEqual({ task: 'Plan Monday.', options: ['yes', 'no', 'never'] });
  },
);

withRound(
  'a turn that failed is tried anew, unless a later round that is kept knew of it',
  async ({ debate: { ada, id, play } }) => {
    await play.fail({ slot: 'debater_1', sequence: 3, round: 2 });
    await play.speak({ slot: 'debater_2', sequence: 4, round: 2 });
    await play.speak({ slot: 'debater_1', sequence: 5, round: 3 });

    const inItsRound = await fork(ada, id, { fromMessage: 4 });
    const later = await fork(ada, id, { fromMessage: 5 });
    const edited = await ada.post(`/v1/executions/${id}/fork`, {
      fromMessage: 3,
      edit: { content: { text: 'Here I am.' } },
    });

    const kept = async (forkId: string) =>
      (await messagesOf(ada, forkId)).map(({ sequence }) => sequence);
    expect(await kept(inItsRound)).toEqual([1, 2, 4]);
    expect(await kept(later)).toEqual([1, 2, 3, 4, 5]);
    expect(edited.body.errors).toMatchObject([{ path: 'edit' }]);
  },
);

withRound(
  'a copy is taken by the seat and for the ask that it was made by, and else left behind',
  async ({ debate: { ada, id }, engine }) => {
    const forkId = await fork(ada, id, { fromMessage: 2 });
    const play = engine.play(ada, forkId);
    await play.prepare();

    // Another seat speaks here now: what the copy says was not said by it.
    await play.speak({ slot: 'debater_2', sequence: 1, choice: 'no' });

    expect(await messagesOf(ada, forkId)).toMatchObject([
      { sequence: 1, sender: { slot: 'debater_2' }, content: { text: 'I say no.' } },
      { sequence: 2 },
    ]);
  },
);

withRound(
  'a fork of an agent that answers alone has no configuration to change',
  async ({ engine }) => {
    const ada = await engine.caller();
    const made = await ada
      .post('/v1/agent-templates', {
        name: 'solo',
        description: 'Alone.',
        role: 'critic',
        approvalRequired: false,
        config: {},
      })
      .expect(201);
    await ada.post(`/v1/agent-templates/${made.body.id}/versions/1.0.0/publish`).expect(200);
    await ada.post('/v1/agents', { name: 'soloist', template: 'solo' }).expect(201);
    const { inline: _inline, ...rest } = debateStart();
    const { body } = await ada.post('/v1/executions', { ...rest, agent: 'soloist' }).expect(202);

    const res = await ada.post(`/v1/executions/${body.id}/fork`, { fromMessage: 1, config: {} });

    expect(res.body.errors.map((problem: { path: string }) => problem.path)).toEqual([
      'fromMessage',
      'config',
    ]);
  },
);

function edit(data: object) {
  return { fromMessage: 2, edit: { content: { text: 'x', data } } };
}
