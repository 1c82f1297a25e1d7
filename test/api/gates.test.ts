import { expect } from 'vitest';
import { debateStart, test } from './executions-fixtures.ts';

const seconds = (afterSeconds: number) => ({ to: ['role:admin'], afterSeconds });

/** A topology to be saved, with a gate. */
const topology = (before: string) => ({
  name: 'gated',
  description: 'With gates.',
  type: 'debate',
  config: { consensusMethod: 'majority', maxRounds: 2 },
  members: [1, 2].map((n) => ({ slot: `debater_${n}`, template: 'critic' })),
  gates: [{ before, approvers: ['owner', 'role:admin'] }],
});

const pathsOf = (problems: { path: string }[]) => problems.map(({ path }) => path);

/** What is wrong; the gate; the path of the error below it. */
const BAD: readonly (readonly [string, object, string])[] = [
  ['nowhere', {}, 'before'],
  ['a place that is none', { before: 'lunch' }, 'before'],
  ['a phase', { before: 'phase:review' }, 'before'],
  ['a tool', { before: 'tool:http_fetch' }, 'before'],
  ['a stage of a debate', { before: 'stage:draft' }, 'before'],
  ['round 0', { before: 'round:0' }, 'before'],
  ['a round that there is not', { before: 'round:3' }, 'before'],
  ['a kind that is none', { before: 'start', kind: 'vote' }, 'kind'],
  ['nobody', { before: 'start', approvers: [] }, 'approvers'],
  ['somebody without a kind', { before: 'start', approvers: ['ada'] }, 'approvers.0'],
  ['a role that is none', { before: 'start', approvers: ['role:king'] }, 'approvers.0'],
  ['a role that decides nothing', { before: 'start', approvers: ['role:viewer'] }, 'approvers.0'],
  ['an unknown user', { before: 'start', approvers: ['owner', 'user:nobody'] }, 'approvers.1'],
  [
    'an unknown user later on',
    { before: 'start', escalation: [{ to: ['user:nobody'], afterSeconds: 5 }] },
    'escalation.0.to.0',
  ],
  ['a quorum of nobody', { before: 'start', quorum: 0 }, 'quorum'],
  ['a quorum larger than its people', { before: 'start', quorum: 2 }, 'quorum'],
  [
    'a quorum of editors',
    { before: 'start', kind: 'edit', quorum: 2, approvers: ['role:admin'] },
    'quorum',
  ],
  [
    'a choice of several that may end without one, and never',
    { before: 'start', kind: 'choice', quorum: 2, approvers: ['role:admin'] },
    'deadlineSeconds',
  ],
  ['options of an approval', { before: 'start', options: ['a', 'b'] }, 'options'],
  ['one option', { before: 'start', kind: 'choice', options: ['a'] }, 'options'],
  ['no time at all', { before: 'start', deadlineSeconds: 0 }, 'deadlineSeconds'],
  ['more than a year', { before: 'start', deadlineSeconds: 31_536_001 }, 'deadlineSeconds'],
  ['an end that is none', { before: 'start', onTimeout: 'wait' }, 'onTimeout'],
  [
    'an escalation at the deadline',
    { before: 'start', deadlineSeconds: 60, escalation: [seconds(60)] },
    'escalation',
  ],
  [
    'escalations at one time',
    { before: 'start', escalation: [seconds(5), seconds(5)] },
    'escalation',
  ],
  ['a field that is unknown', { before: 'start', who: 'me' }, 'who'],
];

test.for(BAD)('a gate with %s is refused', async ([, gate, path], { engine }) => {
  const caller = await engine.caller();

  const res = await caller.post('/v1/executions', debateStart({ gates: [gate] }));

  expect([res.status, res.body.code]).toEqual([400, 'invalid_request']);
  expect(res.body.errors.map((error: { path: string }) => error.path)).toEqual([`gates.0.${path}`]);
});

test('whoever may only look is refused by name, who is asked later too', async ({
  api,
  engine,
}) => {
  const caller = await engine.caller();
  const viewer = await api.caller({ roles: ['viewer'] });
  const name = `user:${viewer.username}`;
  const gates = [
    { before: 'start', approvers: ['owner', name] },
    { before: 'completion', escalation: [{ to: [`user:${viewer.id}`], afterSeconds: 5 }] },
  ];

  const res = await caller.post('/v1/executions', debateStart({ gates })).expect(400);

  expect(res.body.errors).toEqual([
    { path: 'gates.0.approvers.1', message: expect.stringContaining(viewer.username) },
    { path: 'gates.1.escalation.0.to.0', message: expect.stringContaining(viewer.id) },
  ]);
});

test('a choice without options needs those of the input', async ({ engine }) => {
  const caller = await engine.caller();
  const gates = [{ before: 'completion', kind: 'choice' }];

  const res = await caller.post(
    '/v1/executions',
    debateStart({ gates, input: { question: 'What now?' } }),
  );

  expect(res.body.errors).toMatchObject([{ path: 'gates.0.options' }]);
});

test('the largest and the smallest gates are taken as they are', async ({ api, engine }) => {
  const [caller, other] = [await engine.caller(), await engine.caller()];
  const gates = [
    { before: 'start' },
    {
      before: 'round:2',
      kind: 'choice',
      prompt: 'Which?',
      approvers: ['owner', `user:${other.username}`, 'role:admin'],
      quorum: 50,
      deadlineSeconds: 31_536_000,
      onTimeout: 'approve',
      escalation: [{ to: [`user:${other.id}`], afterSeconds: 1 }],
    },
  ];

  const res = await caller.post('/v1/executions', debateStart({ gates })).expect(202);

  const [row] = await api.sql<{ gates: unknown }>(
    `select definition -> 'gates' as gates from conclave.execution where id = $1`,
    [res.body.id],
  );
  expect(row!.gates).toEqual([
    {
      before: 'start',
      kind: 'approval',
      prompt: null,
      approvers: [`user:${caller.id}`],
      quorum: 1,
      options: null,
      deadlineMs: null,
      onTimeout: 'reject',
      escalation: [],
    },
    {
      before: 'round:2',
      kind: 'choice',
      prompt: 'Which?',
      approvers: [`user:${caller.id}`, `user:${other.id}`, 'role:admin'],
      quorum: 50,
      options: ['yes', 'no'],
      deadlineMs: 31_536_000_000,
      onTimeout: 'approve',
      escalation: [{ to: [`user:${other.id}`], afterMs: 1_000 }],
    },
  ]);
});

test('a saved topology has its gates, which are checked with it, and a start adds to them', async ({
  api,
  engine,
}) => {
  const caller = await engine.caller();
  const made = await caller
    .post('/v1/agent-templates', {
      name: 'critic',
      description: 'Looks for what breaks.',
      role: 'critic',
      approvalRequired: false,
      config: {},
    })
    .expect(201);
  await caller.post(`/v1/agent-templates/${made.body.id}/versions/1.0.0/publish`).expect(200);

  const refused = await caller.post('/v1/topologies', topology('round:3'));
  const saved = await caller.post('/v1/topologies', topology('round:2')).expect(201);
  const place = `/v1/topologies/${saved.body.id}`;
  const shorter = await caller.patch(place, {
    config: { consensusMethod: 'majority', maxRounds: 1 },
  });
  const changed = await caller.patch(place, { gates: [{ before: 'start' }] }).expect(200);
  const { input } = debateStart();
  const start = { topology: 'gated', input, gates: [{ before: 'completion' }] };
  const started = await caller.post('/v1/executions', start).expect(202);

  expect(pathsOf(refused.body.errors)).toEqual(['gates.0.before']);
  expect(saved.body.gates).toMatchObject([
    { before: 'round:2', approvers: ['owner', 'role:admin'] },
  ]);
  expect(pathsOf(shorter.body.errors)).toEqual(['gates.0.before']);
  expect(changed.body.gates).toMatchObject([{ before: 'start', approvers: ['owner'] }]);
  const validated = await caller.post(`${place}/validate`).expect(200);
  expect(validated.body).toMatchObject({ valid: true });
  const [row] = await api.sql<{ gates: { before: string }[] }>(
    `select definition -> 'gates' as gates from conclave.execution where id = $1`,
    [started.body.id],
  );
  expect(row!.gates.map(({ before }) => before)).toEqual(['start', 'completion']);

  // As it could be saved once.
  const endless = {
    ...changed.body.gates[0],
    kind: 'choice',
    approvers: ['role:admin'],
    quorum: 2,
  };
  await api.sql('update conclave.topology set gates = $1 where id = $2', [
    JSON.stringify([endless]),
    saved.body.id,
  ]);
  const again = await caller.post('/v1/executions', start);
  expect(pathsOf(again.body.errors)).toEqual(['topology.gates.0.deadlineSeconds']);
});
