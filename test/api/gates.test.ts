import { expect } from 'vitest';
import { debateStart, test } from './executions-fixtures.ts';

const seconds = (afterSeconds: number) => ({ to: ['role:admin'], afterSeconds });

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

test('a saved topology has its gates, and a start adds to them', async ({ api, engine }) => {
  const caller = await engine.caller();
  const { inline, input } = debateStart();
  for (const { slot, agent } of inline.members)
    await caller
      .post('/v1/agent-templates', {
        name: agent.name,
        description: slot,
        role: 'critic',
        config: {},
        approvalRequired: false,
      })
      .expect(201);
  const topology = {
    name: 'gated',
    description: 'With gates.',
    type: 'debate',
    config: { consensusMethod: 'majority', maxRounds: 2 },
    members: [],
    gates: [{ before: 'round:3' }],
  };
  const refused = await caller.post('/v1/topologies', topology);
  expect(refused.body.errors.map((error: { path: string }) => error.path)).toContain(
    'gates.0.before',
  );

  await api.sql(
    `insert into conclave.topology (id, owner_id, name, description, type, config, gates)
     values ('01a20000-0000-7000-8000-000000000001', $1, 'gated', 'With gates.', 'debate', $2, $3)`,
    [
      caller.id,
      { consensusMethod: 'majority', maxRounds: 2 },
      JSON.stringify([
        {
          before: 'start',
          kind: 'approval',
          approvers: ['owner'],
          quorum: 1,
          onTimeout: 'reject',
          escalation: [],
        },
      ]),
    ],
  );
  const started = await caller.post('/v1/executions?dryRun=true', {
    topology: 'gated',
    input,
    gates: [{ before: 'round:9' }],
  });
  expect(started.body.problems.map((problem: { path: string }) => problem.path)).toContain(
    'gates.0.before',
  );
});
