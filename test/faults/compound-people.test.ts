import { expect } from 'vitest';
import { test } from './engine.ts';
import { gatedDeep, inside, speaker, start, statesOf, untilAsked } from './nested.ts';

test.for([
  { decision: 'approve', states: Array(4).fill('completed'), code: undefined },
  { decision: 'reject', states: Array(4).fill('failed'), code: 'rejected' },
])(
  'a gate in a child of a child of a child: all above are paused, and $decision reaches them',
  async ({ decision, states, code }, { engine }) => {
    const id = await engine.start(gatedDeep());
    const { id: interactionId, contentHash } = await untilAsked(engine, id);
    const before = await statesOf(engine, id);

    const path = `/v1/interactions/${interactionId}/responses`;
    const answer = await engine.http.post(path, { decision, contentHash });
    const late = await engine.http.post(path, { decision, contentHash });
    const closed = await engine.untilClosed(id);

    expect(before).toEqual(Array(4).fill('paused'));
    expect([answer.status, late.status]).toEqual([200, 409]);
    expect(closed.error?.code).toBe(code);
    expect(await statesOf(engine, id)).toEqual(states);
  },
);

test('a person’s pause of the whole holds below it too, until the resume', async ({ engine }) => {
  const children = [
    { name: 'first', topology: inside('inner', speaker('One.', 1_500)) },
    { name: 'second', topology: speaker('Two.') },
  ];
  const id = await engine.start(start({ type: 'compound', config: { children } }));
  await expect
    .poll(() => statesOf(engine, id), { timeout: 10_000 })
    .toEqual(['running', 'running', 'running']);

  const paused = await engine.http.post(`/v1/executions/${id}/pause`, {});
  await expect
    .poll(() => statesOf(engine, id), { timeout: 10_000 })
    .toEqual(['paused', 'paused', 'paused']);
  await new Promise((resolve) => setTimeout(resolve, 2_500)); // the turn in flight has ended
  const meanwhile = await statesOf(engine, id);
  await engine.http.post(`/v1/executions/${id}/resume`, {});
  const closed = await engine.untilClosed(id);

  expect(paused.status).toBe(202);
  expect(meanwhile[0]).toBe('paused');
  expect(meanwhile, 'nothing new has begun').toHaveLength(3);
  expect(closed).toMatchObject({ state: 'completed', output: { answer: 'Two.' } });
});

test('a gate of a child is checked where it stands', async ({ engine }) => {
  const gates = [
    { before: 'round:2' },
    { before: 'stage:say', approvers: ['user:nobody-of-ours'] },
  ];

  const refused = await engine.http.post<{ errors: { path: string }[] }>(
    '/v1/executions',
    start(inside('one', speaker('x'), { gates })),
  );

  expect(refused.status).toBe(400);
  expect(refused.body.errors.map(({ path }) => path)).toEqual([
    'inline.config.children.0.gates.0.before',
    'inline.config.children.0.gates.1.approvers.0',
    'inline.config.children.0.gates.1.quorum',
  ]);
});

const choice = (more: object = {}) => ({ gates: [{ before: 'start', kind: 'choice', ...more }] });

test('a choice in what a mapping gives its input must say what there is to choose', async ({
  engine,
}) => {
  const input = { question: '$.input.question', options: '$.input.options' };
  const children = [
    { name: 'plain', topology: speaker('x'), ...choice() },
    { name: 'mapped', topology: speaker('x'), input, ...choice() },
    { name: 'below', topology: inside('leaf', speaker('x'), choice()), input },
    { name: 'told', topology: speaker('x'), input, ...choice({ options: ['a', 'b'] }) },
  ];

  const refused = await engine.http.post<{ errors: { path: string }[] }>('/v1/executions', {
    inline: { type: 'compound', config: { children } },
    input: { question: 'Which?', options: ['tea', 'coffee'] },
  });

  expect(refused.body.errors.map(({ path }) => path)).toEqual([
    'inline.config.children.1.gates.0.options',
    'inline.config.children.2.topology.config.children.0.gates.0.options',
  ]);
});
