import { expect } from 'vitest';
import { executionWorkflowId } from '../../workflows/contract/names.ts';
import { test } from './people.ts';

const UNKNOWN = '01a20000-0000-7000-8000-000000000000';

test('pausing tells the workflow who wants it; only it writes', async ({
  engine,
  gated,
  temporal,
}) => {
  const owner = await engine.caller();
  const execution = await gated(owner, []);
  const { id } = execution;

  const res = await owner.post(`/v1/executions/${id}/pause`).expect(202);

  // No worker is there to take notice.
  expect(res.body).toEqual({ id, state: 'running' });
  expect(await execution.view()).toMatchObject({ state: 'running' });
  const handle = temporal.client.workflow.getHandle(executionWorkflowId(id));
  const { events } = await handle.fetchHistory();
  const signals = (events ?? []).flatMap((event) => {
    const signal = event.workflowExecutionSignaledEventAttributes;
    const data = signal?.input?.payloads?.[0]?.data;
    return signal && data ? [[signal.signalName, JSON.parse(Buffer.from(data).toString())]] : [];
  });
  expect(signals).toEqual([['pause', { userId: owner.id }]]);
});

test('what is not paused cannot be resumed, what is paused not be paused, what has ended neither', async ({
  engine,
  gated,
  api,
}) => {
  const owner = await engine.caller();
  const execution = await gated(owner, [{ before: 'start' }]);
  const ask = async (verb: string) => {
    const { status, body } = await owner.post(`/v1/executions/${execution.id}/${verb}`);
    return [status, body.code];
  };

  expect(await ask('resume')).toEqual([409, 'state_conflict']);
  await execution.open();
  expect(await ask('resume')).toEqual([409, 'state_conflict']);
  await api.sql('update conclave.execution set paused_by_person = true where id = $1', [
    execution.id,
  ]);
  expect(await ask('pause')).toEqual([409, 'state_conflict']);
  await execution.fail('internal');
  expect(await ask('pause')).toEqual([409, 'state_conflict']);
  expect(await ask('resume')).toEqual([409, 'state_conflict']);
});

test('while Temporal is away nothing is paused, and the answer says so', async ({
  api,
  gated,
  engine,
}) => {
  const owner = await engine.caller();
  const { id } = await gated(owner, []);
  // The same user at an API whose Temporal is not there.
  const { default: supertest } = await import('supertest');

  const res = await supertest(api.app)
    .post(`/v1/executions/${id}/pause`)
    .set('Authorization', `Bearer ${owner.key}`);

  expect([res.status, res.body.code]).toEqual([503, 'temporal_unavailable']);
});

test('another owner’s execution is as unknown as any', async ({ engine, gated }) => {
  const { id } = await gated(await engine.caller(), []);
  const stranger = await engine.caller();

  for (const verb of ['pause', 'resume'])
    for (const each of [id, UNKNOWN])
      await stranger.post(`/v1/executions/${each}/${verb}`).expect(404);
});
