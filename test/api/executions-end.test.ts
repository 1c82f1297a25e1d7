import { expect } from 'vitest';
import { startDebate, test } from './executions-fixtures.ts';

test('cancelling tells the workflow; the row follows when it has cleaned up', async ({
  api,
  engine,
  temporal,
}) => {
  const ada = await engine.caller();
  const id = await startDebate(ada);

  const res = await ada.post(`/v1/executions/${id}/cancel`).expect(202);

  expect(res.body).toEqual({ id, state: 'queued' });
  const { events } = await temporal.client.workflow.getHandle(`execution/${id}`).fetchHistory();
  expect(events?.some((event) => event.workflowExecutionCancelRequestedEventAttributes)).toBe(true);
  const rows = await api.sql('select from conclave.execution where id = $1 and state = $2', [
    id,
    'queued',
  ]);
  expect(rows).toHaveLength(1);
});

test('an execution that was never started is cancelled at once, with history, event and budget closed', async ({
  api,
  engine,
}) => {
  const ada = await engine.caller();
  const id = await startDebate(ada);
  await api.sql('update conclave.execution set run_id = null where id = $1', [id]);

  const first = await ada.post(`/v1/executions/${id}/cancel`).expect(202);
  const second = await ada.post(`/v1/executions/${id}/cancel`);

  expect(first.body).toEqual({ id, state: 'cancelled' });
  expect(second.body).toMatchObject({ status: 409, code: 'state_conflict' });
  const history = await ada.get(`/v1/executions/${id}/history`).expect(200);
  expect(history.body.items.at(-1)).toMatchObject({
    previousState: 'queued',
    newState: 'cancelled',
    actor: `user:${ada.id}`,
  });
  const [budget] = await api.sql<{ is_closed: boolean }>(
    'select is_closed from conclave.budget where scope_id = $1',
    [id],
  );
  expect(budget).toEqual({ is_closed: true });
  // The workflow that was started all the same finds the execution closed.
  await expect(engine.play(ada, id).prepare()).rejects.toThrow('the execution is closed');
});

test('while Temporal is down a running execution is not cancelled, and the answer says so', async ({
  api,
}) => {
  const ada = await api.caller();
  const res = await ada.post('/v1/executions', {
    inline: {
      type: 'debate',
      config: { consensusMethod: 'majority' },
      members: ['debater_1', 'debater_2'].map((slot) => ({ slot, agent: { name: slot } })),
    },
    input: { question: 'q' },
  });
  await api.sql("update conclave.execution set run_id = 'run-1' where id = $1", [res.body.id]);

  const cancelled = await ada.post(`/v1/executions/${res.body.id}/cancel`);

  expect(cancelled.body).toMatchObject({ status: 503, code: 'temporal_unavailable' });
});

test('only a closed execution is removed, and with it all that was said in it', async ({
  api,
  engine,
}) => {
  const ada = await engine.caller();
  const before = await api.countRows();
  const id = await startDebate(ada);
  const play = engine.play(ada, id);
  await play.prepare();
  await play.speak({ slot: 'debater_1', sequence: 1 });

  const early = await ada.delete(`/v1/executions/${id}`);
  await play.complete([{ slot: 'debater_1', sequence: 1, position: 0, weight: 1, confidence: 1 }]);
  await ada.delete(`/v1/executions/${id}`).expect(204);

  expect(early.body).toMatchObject({ status: 409, code: 'state_conflict' });
  await ada.get(`/v1/executions/${id}`).expect(404);
  const after = await api.countRows();
  // The log of events stays.
  expect({ ...after, event: 0 }).toEqual({ ...before, event: 0 });
});

const UNKNOWN = '01a20000-0000-7000-8000-000000000000';

test("another owner's execution is as unknown as any on every route", async ({ api, engine }) => {
  const [ada, bob] = [await engine.caller(), await engine.caller()];
  const id = await startDebate(ada);
  const play = engine.play(ada, id);
  await play.prepare();
  await play.speak({ slot: 'debater_1', sequence: 1 });
  const calls = await ada.get(`/v1/executions/${id}/calls`).expect(200);
  const call = calls.body.items[0].id as string;
  const reads = [
    '',
    '/messages',
    '/responses',
    '/calls',
    `/calls/${call}`,
    '/history',
    '/tree',
    '/transcript',
    '/events',
  ];
  const before = await api.countRows();

  for (const path of reads) {
    const [foreign, unknown] = [
      await bob.get(`/v1/executions/${id}${path}`),
      await bob.get(`/v1/executions/${UNKNOWN}${path}`),
    ];
    expect(foreign.status, path).toBe(404);
    expect({ ...foreign.body, instance: '' }, path).toEqual({ ...unknown.body, instance: '' });
  }
  await bob.get(`/v1/executions/${id}?waitSeconds=1`).expect(404);
  await bob.post(`/v1/executions/${id}/cancel`).expect(404);
  await bob.post(`/v1/executions/${id}/fork`, { fromMessage: 1 }).expect(404);
  await bob.post(`/v1/executions/${id}/interject`, { text: 'Hello.' }).expect(404);
  await bob.post(`/v1/executions/${id}/budget`, { tokens: 1_000 }).expect(404);
  await bob.delete(`/v1/executions/${id}`).expect(404);
  const list = await bob.get('/v1/executions').expect(200);
  expect(list.body.items).toEqual([]);
  expect(await api.countRows()).toEqual(before);
});
