import type { EntityManager } from '@mikro-orm/postgresql';
import type { Client } from '@temporalio/client';
import { expect } from 'vitest';
import { callIn } from '../../../infra/db/call.ts';
import { Execution } from '../../../infra/db/entities/execution.ts';
import { makeExecutionStore } from '../../../infra/db/execution-store.ts';
import { asOwner } from '../../../infra/db/session.ts';
import { retryExecution } from '../../../infra/executions/retry-execution.ts';
import type { Ending } from '../../../workflows/contract/executions.ts';
import { TaskQueue, executionWorkflowId } from '../../../workflows/contract/names.ts';
import { debateOutcome } from '../../api/play.ts';
import { makeExecution } from '../../support/work.ts';
import { test as base } from './sweeping.ts';

const FAILED: Ending = { state: 'failed', code: 'no_quorum', message: 'Too few spoke.' };
const COMPLETED: Ending = { state: 'completed', outcome: debateOutcome([]) };

/** Number of `completeWorkflowExecution` among Temporal's commands. */
const COMPLETE = 4;

const test = base
  .extend('store', { scope: 'file' }, async ({ orm }) =>
    makeExecutionStore(orm, callIn(orm.em.fork())),
  )
  .extend(
    'retry',
    { scope: 'file' },
    async ({ orm }) =>
      ({ id, ownerId }: { id: string; ownerId: string }) =>
        asOwner(orm.em, ownerId).transactional((em) => retryExecution(em, { id, userId: ownerId })),
  )
  .extend('sweepDuring', { scope: 'file' }, async ({ sweep, system }) => {
    /** A sweep that has found the row as it was, and comes to it when somebody has changed it. */
    return async (id: string, change: (em: EntityManager) => Promise<unknown>) => {
      const sweeping = await system.em.fork().transactional(async (em) => {
        await em.execute('select from execution where id = ? for update', [id]);
        const swept = sweep();
        const held = 'select count(*)::int as n from pg_locks where not granted';
        await expect
          .poll(async () => (await system.em.fork().execute<[{ n: number }]>(held))[0].n)
          .toBeGreaterThan(0);
        await change(em);
        return { swept };
      });
      return sweeping.swept;
    };
  });

test('a run that a retry has set aside ends nothing any more, neither the whole nor a child', async ({
  accept,
  orm,
  retry,
  store,
  system,
}) => {
  const { id, ownerId } = await accept();
  const childId = await makeExecution(orm, ownerId);
  const below = { parentExecutionId: id, parentSlot: 'child', rootExecutionId: id, depth: 1 };
  await system.em.fork().nativeUpdate(Execution, { id: childId }, below);
  const both = [
    { ownerId, executionId: childId, runId: 'run-1-of-the-child' },
    { ownerId, executionId: id, runId: 'run-1' },
  ];
  const states = async () => {
    const rows = await system.em.fork().find(Execution, { rootExecutionId: id });
    return rows.map(({ state, error, runId }) => [state, error ?? null, runId ?? null]);
  };
  for (const run of both) {
    await store.prepare(run);
    await store.close(run, FAILED);
  }
  await retry({ id, ownerId });

  for (const run of both) {
    expect(await store.close(run, FAILED), 'as Temporal repeats it').toBeNull();
    expect(await store.close(run, COMPLETED)).toBeNull();
    expect(await store.prepare(run)).toEqual({ status: 'closed' });
    await callIn(orm.em.fork())('record_run', [ownerId, run.executionId, run.runId]);
  }

  expect(await states()).toEqual(both.map(() => ['queued', null, null]));
  for (const { runId, ...key } of both) {
    const next = { ...key, runId: `${runId}-again` };
    await store.prepare(next);
    expect(await store.close(next, COMPLETED)).toMatchObject({ state: 'completed' });
    expect(await store.close({ ...key, runId }, FAILED)).toMatchObject({ state: 'completed' });
  }
});

test('a run that failed before anybody recorded it is set aside, too', async ({
  accept,
  retry,
  store,
}) => {
  const { id, ownerId, row } = await accept();
  const run = { ownerId, executionId: id, runId: 'run-1' };
  await store.close(run, FAILED);
  await retry({ id, ownerId });

  expect(await store.close(run, FAILED)).toBeNull();

  expect(await row()).toMatchObject({ state: 'queued', retryOfRunId: 'run-1' });
});

test('after a retry a run is started, however the one before has ended in Temporal', async ({
  accept,
  retry,
  store,
  sweep,
  temporal,
}) => {
  const { id, ownerId, row, age } = await accept();
  await sweep();
  const { runId } = await row();
  const run = { ownerId, executionId: id, runId: runId! };
  await store.prepare(run);
  await store.close(run, FAILED);
  await complete(temporal.client, run.runId);
  await retry({ id, ownerId });
  await age();

  const swept = await sweep();

  const now = await temporal.client.workflow.getHandle(executionWorkflowId(id)).describe();
  expect(swept.started).toBe(1);
  expect(now.status.name).toBe('RUNNING');
  expect(now.runId).not.toBe(runId);
  expect(await row()).toMatchObject({ state: 'queued', runId: now.runId, retryOfRunId: runId });
});

test('also where that run was never recorded', async ({
  accept,
  orm,
  retry,
  sweep,
  system,
  temporal,
}) => {
  const { id, ownerId, row, age } = await accept();
  await sweep();
  const { runId } = await row();
  await callIn(orm.em.fork())('execution_begin', [ownerId, id, null]);
  await system.em.fork().nativeUpdate(Execution, { id }, { runId: null });
  await complete(temporal.client, runId!);
  await age();
  await sweep();
  expect(await row()).toMatchObject({ state: 'failed', error: 'internal', runId: null });
  await retry({ id, ownerId });
  await age();

  const swept = await sweep();

  const now = await temporal.client.workflow.getHandle(executionWorkflowId(id)).describe();
  expect(swept.started).toBe(1);
  expect(now.status.name).toBe('RUNNING');
  expect(await row()).toMatchObject({ state: 'queued', runId: now.runId });
});

test('what was started while the sweep was on its way to it is not started again', async ({
  accept,
  sweepDuring,
  temporal,
}) => {
  const { id, row } = await accept();

  const swept = await sweepDuring(id, (em) =>
    em.nativeUpdate(Execution, { id }, { runId: 'the-run-of-the-api' }),
  );

  expect(swept.started).toBe(0);
  expect(await row()).toMatchObject({ state: 'queued', runId: 'the-run-of-the-api' });
  await expect(
    temporal.client.workflow.getHandle(executionWorkflowId(id)).describe(),
  ).rejects.toThrow('not found');
});

test('what was tried again while the sweep was on its way to it is not ended for the run before', async ({
  accept,
  sweepDuring,
}) => {
  const { id, ownerId, row } = await accept('a-run-that-was-lost');

  const swept = await sweepDuring(id, async (em) => {
    await em.execute(
      "update execution set state = 'failed', error = 'internal', completed_at = now() where id = ?",
      [id],
    );
    await retryExecution(em, { id, userId: ownerId });
  });

  expect(swept.closed).toBe(0);
  expect(await row()).toMatchObject({
    state: 'queued',
    runId: null,
    retryOfRunId: 'a-run-that-was-lost',
  });
});

/** Ends a run as a worker does: completed. What else waits for a worker goes on waiting. */
async function complete(client: Client, runId: string): Promise<void> {
  const { workflowService, options } = client;
  const { namespace } = options;
  const taskQueue = { name: TaskQueue.orchestration };
  const commands = [{ commandType: COMPLETE, completeWorkflowExecutionCommandAttributes: {} }];
  for (;;) {
    const { taskToken, workflowExecution } = await client.withDeadline(Date.now() + 20_000, () =>
      workflowService.pollWorkflowTaskQueue({ namespace, taskQueue }),
    );
    if (workflowExecution?.runId !== runId) continue;
    await workflowService.respondWorkflowTaskCompleted({ namespace, taskToken, commands });
    return;
  }
}
