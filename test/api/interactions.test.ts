import { expect } from 'vitest';
import { inlineAgent } from './executions-fixtures.ts';
import { respond, test } from './people.ts';

const APPROVAL = { before: 'completion' };
const UNKNOWN = '01a20000-0000-7000-8000-000000000000';

test('a gate shows all that one needs to decide, and the execution is paused until it is decided', async ({
  engine,
  gated,
}) => {
  const owner = await engine.caller();
  const execution = await gated(owner, [{ ...APPROVAL, deadlineSeconds: 3_600 }], {
    title: 'Release',
  });
  await execution.discuss();

  expect(await execution.openEnd()).toMatchObject({ state: 'waiting', dueMs: expect.any(Number) });

  const question = await execution.question();
  expect(question).toMatchObject({
    executionId: execution.id,
    gate: 'completion',
    kind: 'approval',
    title: 'Release',
    prompt: expect.stringContaining('Ship on Friday?'),
    content: { answer: 'yes', rounds: 1, votes: [{ agent: 'ada' }, { agent: 'bob' }] },
    contentHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    decisions: ['approve', 'reject'],
    state: 'pending',
    level: 0,
    approvers: [`user:${owner.id}`],
    quorum: 1,
    onTimeout: 'reject',
    responses: [],
  });
  expect(Date.parse(question['deadline'] as string) - Date.now()).toBeGreaterThan(3_500_000);
  expect(await execution.view()).toMatchObject({ state: 'paused' });

  const answered = await respond(owner, question, { decision: 'approve', comment: 'Fine.' });
  expect(answered.status).toBe(200);
  expect(answered.body).toMatchObject({
    state: 'answered',
    decision: 'approve',
    responses: [{ by: { id: owner.id, username: owner.username }, comment: 'Fine.', level: 0 }],
  });
  expect(await execution.attend(question)).toMatchObject({ state: 'decided', decision: 'approve' });
  expect(await execution.view()).toMatchObject({ state: 'running', openInteractions: [] });

  await execution.complete();
  expect(await execution.view()).toMatchObject({ state: 'completed', output: { answer: 'yes' } });
  const history = await owner.get(`/v1/executions/${execution.id}/history`).expect(200);
  const states = history.body.items.map(({ newState }: { newState: string }) => newState);
  expect(states.join()).toContain('running,paused,running,completed');
});

test('a late answer, a second one and one about other content get 409 and change nothing', async ({
  engine,
  gated,
}) => {
  const [owner, ada, bob] = [
    await engine.caller(),
    await engine.caller(),
    await engine.caller(),
  ] as const;
  const execution = await gated(owner, [
    { before: 'start', quorum: 2, approvers: [`user:${ada.username}`, `user:${bob.id}`] },
  ]);
  await execution.open();
  const question = await execution.question();
  const stale = { ...question, contentHash: '0'.repeat(64) };

  const refused = await respond(ada, stale, { decision: 'approve' });
  expect([refused.status, refused.body.code]).toEqual([409, 'stale_content']);
  const first = await respond(ada, question, { decision: 'approve' });
  expect(first.body).toMatchObject({ state: 'pending', responses: [{ by: { id: ada.id } }] });
  const twice = await respond(ada, question, { decision: 'reject' });
  expect([twice.status, twice.body.code]).toEqual([409, 'already_decided']);
  expect((await respond(bob, question, { decision: 'approve' })).body.state).toBe('answered');
  const late = await respond(bob, question, { decision: 'reject' });
  expect([late.status, late.body.code]).toEqual([409, 'already_decided']);

  const after = await ada.get(`/v1/interactions/${question.id}`).expect(200);
  expect(after.body).toMatchObject({ state: 'answered', decision: 'approve' });
  expect(after.body.responses).toHaveLength(2);
});

test('only who is asked may answer: an owner who is not gets 403, a stranger nothing', async ({
  api,
  engine,
  gated,
}) => {
  const [owner, asked, stranger] = [
    await engine.caller(),
    await engine.caller(),
    await engine.caller(),
  ] as const;
  const execution = await gated(owner, [
    { before: 'start', approvers: [`user:${asked.username.toUpperCase()}`] },
  ]);
  await execution.open();
  const question = await execution.question();
  const path = `/v1/interactions/${question.id}`;
  const approve = { decision: 'approve' };

  expect((await respond(owner, question, approve)).status).toBe(403);
  const foreign = await respond(stranger, question, approve);
  const unknown = await respond(stranger, { ...question, id: UNKNOWN }, approve);
  expect(foreign.status).toBe(404);
  expect({ ...foreign.body, instance: '' }).toEqual({ ...unknown.body, instance: '' });
  await stranger.get(path).expect(404);
  await asked.get(path).expect(200);
  await asked.get(`/v1/executions/${execution.id}`).expect(404);
  const listed = async (who: typeof asked, query: string) => {
    const { body } = await who.get(`/v1/interactions?${query}`).expect(200);
    return [body.total, body.items.map(({ id }: { id: string }) => id)];
  };
  expect(await listed(asked, 'for=me&state=pending')).toEqual([1, [question.id]]);
  expect(await listed(owner, 'for=me')).toEqual([0, []]);
  expect(await listed(owner, `execution=${execution.id}`)).toEqual([1, [question.id]]);
  expect(await listed(stranger, '')).toEqual([0, []]);
  expect(await listed(asked, 'state=answered')).toEqual([0, []]);

  const viewer = await api.caller({ roles: ['viewer'] });
  expect((await respond(viewer, question, approve)).status).toBe(403);
  expect((await respond(asked, question, approve)).status).toBe(200);
});

test('a role is asked: whoever has it sees the question', async ({ api, engine, gated }) => {
  const owner = await engine.caller();
  const execution = await gated(owner, [{ ...APPROVAL, approvers: ['role:approver'] }]);
  await execution.discuss();
  await execution.openEnd();
  const question = await execution.question();
  const approver = await api.caller({ roles: ['approver'] });

  expect(
    (await respond(approver, question, { decision: 'reject', comment: 'Not now.' })).status,
  ).toBe(200);

  await execution.attend(question);
  await execution.fail('rejected');
  expect(await execution.view()).toMatchObject({
    state: 'failed',
    error: {
      code: 'rejected',
      message: expect.stringMatching(
        /^user-\w+ rejected it at the gate before completion: Not now\. Mend/,
      ),
      output: { answer: 'yes' },
    },
  });
});

test.for([
  ['approval', { decision: 'choose', choice: 'yes' }, 'decision'],
  ['approval', { decision: 'approve', text: 'and more' }, 'text'],
  ['choice', { decision: 'choose' }, 'choice'],
  ['choice', { decision: 'choose', choice: 'maybe' }, 'choice'],
  ['choice', { decision: 'approve' }, 'decision'],
  ['input', { decision: 'answer' }, 'text'],
  ['edit', { decision: 'edit', content: { answer: 'no' } }, 'content.input'],
  ['edit', { decision: 'answer', text: 'x' }, 'decision'],
  ['approval', { decision: 'perhaps' }, 'decision'],
  ['approval', { decision: 'approve', contentHash: 'x' }, 'contentHash'],
] as const)('%s: %o is refused, naming %s', async ([kind, body, path], { engine, gated }) => {
  const owner = await engine.caller();
  const execution = await gated(owner, [{ before: 'start', kind }]);
  await execution.open();
  const question = await execution.question();

  const res = await respond(owner, question, body);

  expect([res.status, res.body.code]).toEqual([400, 'invalid_request']);
  expect(res.body.errors.map((error: { path: string }) => error.path)).toContain(path);
  expect((await execution.question())['responses']).toEqual([]);
});

test('a choice stands in the output, and before the completion it is the answer', async ({
  engine,
  gated,
}) => {
  const owner = await engine.caller();
  const options = ['now', 'later'];
  const execution = await gated(owner, [
    { before: 'round:1', kind: 'choice', options },
    { before: 'completion', kind: 'choice' },
  ]);
  await execution.open(0);
  const early = await execution.question();
  expect(early['options']).toEqual(options);
  await respond(owner, early, { decision: 'choose', choice: 'later' }).expect(200);
  await execution.attend(early);
  await execution.discuss();
  await execution.openEnd(1);
  const last = await execution.question();
  expect(last).toMatchObject({
    options: ['yes', 'no'],
    content: { answer: 'yes', choice: 'later' },
  });
  await respond(owner, last, { decision: 'choose', choice: 'no' }).expect(200);
  await execution.attend(last);

  await execution.complete([last.id]);

  expect(await execution.view()).toMatchObject({
    output: { answer: 'no', choice: 'no', rounds: 1 },
  });
});

test('what a person chooses for an agent is the agent’s to hear, and not in the output', async ({
  api,
  engine,
  gated,
}) => {
  const owner = await engine.caller();
  const execution = await gated(owner, [APPROVAL]);
  await api.sql(
    `insert into conclave.human_interaction (id, owner_id, execution_id, root_execution_id, agent_execution_id, signal_workflow_id,
       gate, kind, title, prompt, content, content_hash, options, assignees, state, decision, decided_value, decided_at, signalled_at)
     select gen_random_uuid(), a.owner_id, a.execution_id, a.execution_id, a.id, 'w', 'tool:ask_person', 'choice', 't', 'Which venue?',
       '{}', sha256(''), '["Paris", "Rome"]', array['user:' || a.owner_id], 'answered', 'choose', '"Paris"', now(), now()
     from conclave.agent_execution a where a.execution_id = $1 and a.slot_name = 'debater_1'`,
    [execution.id],
  );
  await execution.discuss();

  await execution.openEnd();

  expect((await execution.question()).content).not.toHaveProperty('choice');
});

test('where all have chosen and no option has enough, it is decided as at the deadline, without waiting', async ({
  engine,
  gated,
  temporal,
}) => {
  const [ada, bob] = [await engine.caller(), await engine.caller()];
  const names = [`user:${ada.username}`, `user:${bob.username}`];
  const execution = await gated(ada, [
    {
      before: 'start',
      kind: 'choice',
      approvers: names,
      quorum: 2,
      deadlineSeconds: 3_600,
      onTimeout: 'fail',
    },
  ]);
  await execution.open();
  const question = await execution.question();
  const handle = temporal.client.workflow.getHandle(`execution/${execution.id}`);
  const signals = async () =>
    ((await handle.fetchHistory()).events ?? []).filter(
      (event) => event.workflowExecutionSignaledEventAttributes,
    ).length;

  await respond(ada, question, { decision: 'choose', choice: 'yes' }).expect(200);
  expect([await execution.attend(question), await signals()]).toMatchObject([
    { state: 'waiting' },
    0,
  ]);
  await respond(bob, question, { decision: 'choose', choice: 'no' }).expect(200);

  expect(await signals()).toBe(1);
  expect(await execution.attend(question)).toEqual({ state: 'expired', action: 'fail' });
  expect(await execution.view()).toMatchObject({ state: 'running', openInteractions: [] });
});

test('as long as others may still be asked, a split choice waits for them', async ({
  engine,
  gated,
}) => {
  const [ada, bob] = [await engine.caller(), await engine.caller()];
  const gate = { before: 'start', kind: 'choice', quorum: 2, deadlineSeconds: 3_600 };
  const approvers = ['owner', `user:${bob.username}`];
  const escalation = [{ to: ['role:admin'], afterSeconds: 60 }];
  for (const more of [{ approvers, escalation }, { approvers: [...approvers, 'role:admin'] }]) {
    const execution = await gated(ada, [{ ...gate, ...more }]);
    await execution.open();
    const question = await execution.question();
    await respond(ada, question, { decision: 'choose', choice: 'yes' }).expect(200);
    await respond(bob, question, { decision: 'choose', choice: 'no' }).expect(200);

    expect(await execution.attend(question)).toMatchObject({ state: 'waiting' });
  }
});

test('an edited result is the result, and the gate behind shows it', async ({ engine, gated }) => {
  const owner = await engine.caller();
  const execution = await gated(owner, [{ ...APPROVAL, kind: 'edit' }, APPROVAL]);
  await execution.discuss();
  await execution.openEnd(0);
  const question = await execution.question();
  const content = { ...question.content, text: 'Ship it, on Monday.' };
  await respond(owner, question, { decision: 'edit', content }).expect(200);
  await execution.attend(question);

  await execution.openEnd(1, [question.id]);

  expect((await execution.question()).content).toEqual(content);
  await respond(owner, await execution.question(), { decision: 'approve' }).expect(200);
  await execution.complete([question.id]);
  expect((await execution.view())['output']).toEqual(content);
});

test.for(['start', 'round:1'])(
  'an input edited before %s is what the agents work on',
  async (before, { engine, gated }) => {
    const owner = await engine.caller();
    const execution = await gated(owner, [{ before, kind: 'edit' }]);
    await execution.open();
    const question = await execution.question();
    expect(question.content).toEqual({
      input: { question: 'Ship on Friday?', options: ['yes', 'no'] },
      seats: [
        { slot: 'debater_1', agent: 'ada', role: 'critic' },
        { slot: 'debater_2', agent: 'bob', role: 'critic' },
      ],
    });
    const input = { question: 'Ship on Monday?', options: ['sure', 'no'] };
    const refused = { ...question.content, input: { ...input, options: ['no', 'no'] } };
    const res = await respond(owner, question, { decision: 'edit', content: refused });
    expect(res.body.errors).toEqual([
      { path: 'content.input.options', message: 'options must differ' },
    ]);

    await respond(owner, question, {
      decision: 'edit',
      content: { ...question.content, input },
    }).expect(200);
    await execution.attend(question);

    expect(await execution.view()).toMatchObject({ state: 'running', input });
  },
);

const item = (...requiredCapabilities: string[]) => ({ id: 'a', task: 'x', requiredCapabilities });

test('an edit may let items require what their owner has registered, whoever edits them', async ({
  engine,
  gated,
}) => {
  const [owner, editor] = [await engine.caller(), await engine.caller()];
  for (const name of ['law', 'sailing', 'art'])
    await owner.post('/v1/capabilities', { name }).expect(201);
  await editor.post('/v1/capabilities', { name: 'flying' }).expect(201);
  const execution = await gated(
    owner,
    [{ before: 'start', kind: 'edit', approvers: [`user:${editor.username}`] }],
    {
      inline: {
        type: 'delegation',
        config: {},
        members: ['coordinator', 'specialist_1'].map((slot) => ({
          slot,
          agent: inlineAgent(slot),
        })),
      },
      input: { task: 'Have a party.', items: [item('law', 'art')] },
    },
  );
  await execution.open();
  const question = await execution.question();
  const edit = (...names: string[]) =>
    respond(editor, question, {
      decision: 'edit',
      content: { ...question.content, input: { task: 'Have a party.', items: [item(...names)] } },
    });

  const refused = await edit('law', 'flying');
  const before = await execution.question();
  await edit('sailing', 'law').expect(200);

  expect([refused.status, refused.body.errors]).toEqual([
    400,
    [
      {
        path: 'content.input.items.0.requiredCapabilities.1',
        message: expect.stringContaining('"flying"'),
      },
    ],
  ]);
  expect(before['responses']).toEqual([]);
});

test('an edited statement is what the next round hears; the agent’s own words are kept aside', async ({
  api,
  engine,
  gated,
}) => {
  const owner = await engine.caller();
  const execution = await gated(owner, [{ before: 'round:2', kind: 'edit' }]);
  await execution.discuss();
  await execution.open();
  const question = await execution.question();
  expect(question.content).toMatchObject({
    input: { question: 'Ship on Friday?' },
    round: 1,
    positions: [
      { sequence: 1, slot: 'debater_1', agent: 'ada', text: 'I say yes.', choice: 'yes' },
      { sequence: 2, slot: 'debater_2', agent: 'bob', text: 'I say yes.', choice: 'yes' },
    ],
  });
  const positions = question.content['positions'] as { text: string }[];
  const content = {
    ...question.content,
    positions: [positions[0], { ...positions[1], text: 'I say yes, with care.' }],
  };
  await respond(owner, question, { decision: 'edit', content }).expect(200);

  await execution.attend(question);
  await execution.attend(question);

  const said = await owner.get(`/v1/executions/${execution.id}/messages`).expect(200);
  const texts = said.body.items.map((each: { content: { text: string } }) => each.content.text);
  expect(texts.toSorted()).toEqual(['I say yes, with care.', 'I say yes.']);
  const kept = await api.sql<{ text: string }>(
    `select content ->> 'text' as text from conclave.message where execution_id = $1 and superseded_at is not null`,
    [execution.id],
  );
  expect(kept).toEqual([{ text: 'I say yes.' }]);
  // As after a retry: what was asked is as it was let pass, so nobody is asked again.
  expect(await execution.open()).toMatchObject({ state: 'decided', decision: 'edit' });
});

test('what a person answers is a message of his own, at the place that the workflow gives it', async ({
  engine,
  gated,
}) => {
  const owner = await engine.caller();
  const prompt = 'What is the budget?';
  const execution = await gated(owner, [{ before: 'round:2', kind: 'input', prompt }]);
  await execution.discuss();
  await execution.open();
  const question = await execution.question();
  expect(question['prompt']).toBe(prompt);
  await respond(owner, question, { decision: 'answer', text: 'Ten thousand.' }).expect(200);
  await execution.attend(question);

  await execution.placeAnswer(question, 3);
  await execution.placeAnswer(question, 3);

  const { body } = await owner.get(`/v1/executions/${execution.id}/messages`).expect(200);
  const placed = body.items.filter((each: { type: string }) => each.type === 'interjection');
  expect(placed).toMatchObject([
    { sequence: 3, round: 1, sender: { name: owner.username }, content: { text: 'Ten thousand.' } },
  ]);
});

test('a question is asked once for the same content, however often it is opened', async ({
  api,
  engine,
  gated,
}) => {
  const owner = await engine.caller();
  const execution = await gated(owner, [{ before: 'start' }, { before: 'start' }]);

  await Promise.all([execution.open(), execution.open(), execution.open()]);
  await execution.open(1);

  const events = await api.sql<{ type: string }>(
    `select event_type as type from conclave.event where execution_id = $1 and event_type like 'interaction.%'`,
    [execution.id],
  );
  expect(events).toEqual([{ type: 'interaction.opened' }, { type: 'interaction.opened' }]);
});

test.for(['cancel', 'fail'] as const)(
  'to %s withdraws what is asked',
  async (end, { engine, gated }) => {
    const owner = await engine.caller();
    const execution = await gated(owner, [{ before: 'start' }]);
    await execution.open();
    const question = await execution.question();

    await execution[end]('internal');

    const after = await owner.get(`/v1/interactions/${question.id}`).expect(200);
    expect(after.body.state).toBe('cancelled');
    const res = await respond(owner, question, { decision: 'approve' });
    expect([res.status, res.body.code]).toEqual([409, 'already_decided']);
    expect(await execution.open()).toEqual({ state: 'cancelled' });
  },
);

test('after a retry what was let pass is not asked again, what was rejected is', async ({
  engine,
  gated,
}) => {
  const owner = await engine.caller();
  const execution = await gated(owner, [{ before: 'start' }, APPROVAL]);
  await execution.open(0);
  await respond(owner, await execution.question(), { decision: 'approve' }).expect(200);
  await execution.open(0);
  await execution.discuss();
  await execution.openEnd(1);
  const refused = await execution.question();
  await respond(owner, refused, { decision: 'reject' }).expect(200);
  await execution.attend(refused);
  await execution.fail('rejected');

  await owner.post(`/v1/executions/${execution.id}/retry`).expect(202);
  await execution.play.prepare();

  expect(await execution.open(0)).toMatchObject({ state: 'decided', decision: 'approve' });
  expect(await execution.openEnd(1)).toMatchObject({ state: 'waiting' });
  expect((await execution.question()).id).not.toBe(refused.id);
});
