import { expect } from 'vitest';
import type { InteractionBody, Page } from './bodies.ts';
import { type Engine, test } from './engine.ts';

interface Node {
  readonly id: string;
  readonly state: string;
  readonly children: readonly Node[];
}

const speaker = (text: string, delayMs = 0) => ({
  type: 'pipeline',
  config: { stages: ['say'] },
  members: [
    {
      slot: 'say',
      agent: { name: 'speaker', config: { rehearsal: { seed: 1, script: [{ text, delayMs }] } } },
    },
  ],
});
const inside = (name: string, topology: object, more: object = {}) => ({
  type: 'compound',
  config: { children: [{ name, topology, ...more }] },
});
const start = (inline: object) => ({ inline, input: { task: 'Find out.' } });

async function statesOf(engine: Engine, id: string): Promise<string[]> {
  const { body } = await engine.http.get<Node>(`/v1/executions/${id}/tree`);
  const states = (node: Node): string[] => [node.state, ...node.children.flatMap(states)];
  return states(body);
}

/** A gate before the completion of the third level. */
const gatedDeep = (kind: object = {}) =>
  start(
    inside(
      'one',
      inside(
        'two',
        inside('three', speaker('Ready.'), { gates: [{ before: 'completion', ...kind }] }),
      ),
    ),
  );

async function untilAsked(engine: Engine, id: string): Promise<InteractionBody> {
  for (let tries = 0; tries < 200; tries++) {
    const path = '/v1/interactions?state=pending&for=me';
    const { body } = await engine.http.get<Page<InteractionBody>>(path);
    const root = await engine.http.get<{ openInteractions: readonly { id: string }[] }>(
      `/v1/executions/${id}`,
    );
    const [open] = root.body.openInteractions;
    const asked = body.items.find((each) => each.id === open?.id);
    if (asked) return asked;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nobody was asked about ${id}`);
}

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
