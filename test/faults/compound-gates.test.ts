import { expect } from 'vitest';
import type { ExecutionBody, InteractionBody, Page } from './bodies.ts';
import { type Engine, test } from './engine.ts';
import { gatedDeep, inside, respond, speaker, start, statesOf, untilAsked } from './nested.ts';

const all = (state: string): string[] => Array(4).fill(state);

/** What an execution has asked, and how it stands. */
async function questionsOf(engine: Engine, executionId: string): Promise<readonly Question[]> {
  const path = `/v1/interactions?execution=${executionId}`;
  return (await engine.http.get<Page<Question>>(path)).body.items;
}

interface Question extends InteractionBody {
  readonly approvers: readonly string[];
}

test('cancelling the whole withdraws what is asked far below, and ends every level', async ({
  engine,
}) => {
  const id = await engine.start(gatedDeep());
  const asked = await untilAsked(engine, id);

  await engine.http.post(`/v1/executions/${id}/cancel`, {});
  const closed = await engine.untilClosed(id);

  expect(closed.state).toBe('cancelled');
  expect(await statesOf(engine, id)).toEqual(all('cancelled'));
  expect(await questionsOf(engine, asked.executionId)).toMatchObject([{ state: 'cancelled' }]);
  const late = await engine.http.post(`/v1/interactions/${asked.id}/responses`, {
    decision: 'approve',
    contentHash: asked.contentHash,
  });
  expect(late.status).toBe(409);
});

test.for([
  { onTimeout: 'approve', state: 'completed', code: undefined },
  { onTimeout: 'reject', state: 'failed', code: 'rejected' },
  { onTimeout: 'fail', state: 'failed', code: 'gate_expired' },
])(
  'nobody answers: more people are asked, and at the deadline it is $onTimeout, at every level',
  async ({ onTimeout, state, code }, { engine }) => {
    const escalation = [{ to: ['role:approver'], afterSeconds: 1 }];
    const id = await engine.start(
      gatedDeep({ approvers: ['role:admin'], escalation, deadlineSeconds: 3, onTimeout }),
    );
    const asked = await untilAsked(engine, id);

    const closed = await engine.untilClosed(id);

    expect(closed.state).toBe(state);
    expect(closed.error?.code).toBe(code);
    expect(await statesOf(engine, id)).toEqual(all(state));
    expect(await questionsOf(engine, asked.executionId)).toMatchObject([
      { state: 'expired', level: 1, approvers: ['role:admin', 'role:approver'], responses: [] },
    ]);
  },
);

test('a retry of the whole asks again what was rejected below, and does nothing twice', async ({
  engine,
}) => {
  const gates = [{ before: 'completion' }];
  const children = [
    { name: 'first', topology: speaker('One.') },
    { name: 'second', topology: inside('inner', speaker('Two.'), { gates }) },
  ];
  const id = await engine.start(start({ type: 'compound', config: { children } }));
  const asked = await untilAsked(engine, id);
  await respond(engine, asked, { decision: 'reject' });
  const failed = await engine.untilClosed(id);

  await engine.http.post(`/v1/executions/${id}/retry`, {});
  const again = await untilAsked(engine, id);
  await respond(engine, again, { decision: 'approve' });
  const closed = await engine.untilClosed(id);

  expect(failed).toMatchObject({ state: 'failed', error: { code: 'rejected' } });
  expect([again.id === asked.id, again.contentHash]).toEqual([false, asked.contentHash]);
  expect(closed).toMatchObject({
    state: 'completed',
    error: null,
    output: { answer: 'Two.' },
    usage: { calls: 2 },
  });
  expect(await statesOf(engine, id)).toEqual(all('completed'));
  const rejected = await engine.http.get<ExecutionBody>(`/v1/executions/${asked.executionId}`);
  expect(rejected.body).toMatchObject({ state: 'completed', error: null });
});

test('a compound has gates of its own: who decides before it starts sees all who take part', async ({
  engine,
}) => {
  const gates = [
    { before: 'start', kind: 'edit' },
    { before: 'completion', kind: 'choice', options: ['ship', 'wait'] },
  ];
  const body = start(inside('only', speaker('Ready.')));
  const id = await engine.start({ ...body, gates });
  const first = await untilAsked(engine, id);
  const input = { task: 'Find out, quickly.' };
  const edit = { decision: 'edit', content: { ...first.content, input } };
  await respond(engine, first, edit);
  const second = await untilAsked(engine, id);
  await respond(engine, second, { decision: 'choose', choice: 'wait' });
  const closed = await engine.untilClosed(id);

  expect(first.content).toMatchObject({ seats: [{ slot: 'only/say', agent: 'speaker' }] });
  expect(second.content).toMatchObject({ text: 'Ready.', children: [{ slot: 'only' }] });
  expect(closed).toMatchObject({ state: 'completed', input, output: { answer: 'wait' } });
  const child = await engine.http.get(`/v1/executions/${(closed as Whole).children[0]}`);
  expect(child.body).toMatchObject({ input });
});

interface Whole extends ExecutionBody {
  readonly children: readonly string[];
}
