import { Worker } from '@temporalio/worker';
import supertest from 'supertest';
import { expect, inject, vi } from 'vitest';
import { createApp } from '../../api/app.ts';
import { TaskQueue } from '../../workflows/contract/names.ts';
import { test } from './support.ts';

test('ready means that PostgreSQL, Temporal and a worker answer; it says which do not', async ({
  api,
  temporal,
}) => {
  const without = await supertest(api.app).get('/readyz').expect(503);
  const app = createApp({ ...api.deps, temporal: temporal.client });
  const alone = await supertest(app).get('/readyz').expect(503);
  const worker = await Worker.create({
    connection: temporal.nativeConnection,
    namespace: temporal.namespace ?? 'default',
    taskQueue: TaskQueue.orchestration,
    workflowBundle: { codePath: inject('workflowBundlePath') },
  });

  await worker.runUntil(async () => {
    await vi.waitFor(() => supertest(app).get('/readyz').expect(200), { timeout: 10_000 });
    const ready = await supertest(app).get('/readyz');
    expect(ready.body).toEqual({ status: 'ready', notAnswering: [] });
  });

  expect(without.body.notAnswering).toEqual(['temporal', 'orchestration']);
  expect(alone.body).toEqual({ status: 'not_ready', notAnswering: ['orchestration'] });
});
