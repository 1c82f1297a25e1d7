import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import supertest from 'supertest';
import { expect, inject, vi } from 'vitest';
import { createApp } from '../../api/app.ts';
import { TaskQueue } from '../../workflows/contract/names.ts';
import { startDebate, test } from './executions-fixtures.ts';

/** Does `work` while a worker polls for workflows, and does none of their activities. */
async function withWorker(temporal: TestWorkflowEnvironment, work: () => Promise<void>) {
  const worker = await Worker.create({
    connection: temporal.nativeConnection,
    namespace: temporal.namespace ?? 'default',
    taskQueue: TaskQueue.orchestration,
    workflowBundle: { codePath: inject('workflowBundlePath') },
  });
  await worker.runUntil(work);
}

test('ready means that PostgreSQL, Temporal and a worker answer; it says which do not', async ({
  api,
  engine,
  temporal,
}) => {
  const app = createApp({ ...api.deps, temporal: temporal.client });
  const without = await supertest(api.app).get('/readyz').expect(503);
  const alone = await supertest(app).get('/readyz').expect(503);

  await withWorker(temporal, async () => {
    await vi.waitFor(() => supertest(engine.app).get('/readyz').expect(200), { timeout: 10_000 });
    const ready = await supertest(engine.app).get('/readyz');

    expect(ready.body).toEqual({ status: 'ready', idle: true, notAnswering: [], overdue: [] });
  });
  expect(without.body.notAnswering).toEqual(['temporal', 'orchestration']);
  expect(alone.body).toEqual({
    status: 'not_ready',
    idle: false,
    notAnswering: ['orchestration'],
    overdue: [],
  });
});

test('idle is told apart from busy, and busy from work that nobody takes', async ({
  api,
  engine,
  temporal,
}) => {
  const ada = await engine.caller();
  const readiness = async (status: number) =>
    (await supertest(engine.app).get('/readyz').expect(status)).body;
  const late = (table: string, column: string) =>
    api.sql(`update conclave.${table} set ${column} = now() - interval '2 minutes'`);

  await withWorker(temporal, async () => {
    await vi.waitFor(() => readiness(200), { timeout: 10_000 });
    const id = await startDebate(ada);
    const busy = await readiness(200);
    await late('execution', 'updated_at');
    const untaken = await readiness(503);
    const play = engine.play(ada, id);
    await play.prepare();
    await play.begin({ slot: 'debater_1', sequence: 1 });
    const calling = await readiness(200);
    await late('call_flight', 'expires_at');
    const expired = await readiness(503);
    await api.sql('delete from conclave.call_flight');
    await play.complete();
    await expect.poll(async () => (await readiness(200)).idle).toBe(true);

    expect(busy).toMatchObject({ status: 'ready', idle: false, overdue: [] });
    expect(untaken).toMatchObject({
      status: 'not_ready',
      idle: false,
      notAnswering: [],
      overdue: [{ work: 'execution', seconds: 120 }],
    });
    expect(calling).toMatchObject({ status: 'ready', idle: false });
    expect(expired).toMatchObject({ overdue: [{ work: 'flight', seconds: 120 }] });
  });
});
