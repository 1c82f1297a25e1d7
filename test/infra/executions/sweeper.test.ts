import { expect } from 'vitest';
import { Event } from '../../../infra/db/entities/event.ts';
import { Execution } from '../../../infra/db/entities/execution.ts';
import { LlmCall } from '../../../infra/db/entities/llm-call.ts';
import { callIn } from '../../../infra/db/call.ts';
import { makeExecutionStore } from '../../../infra/db/execution-store.ts';
import { makePool } from '../../../infra/db/pool.ts';
import { makeTurnLedger } from '../../../infra/db/turn-ledger.ts';
import { asOwner } from '../../../infra/db/session.ts';
import { interject } from '../../../infra/executions/interject.ts';
import { retryExecution } from '../../../infra/executions/retry-execution.ts';
import { executionWorkflowId } from '../../../workflows/contract/names.ts';
import { makeExecution, turnOf } from '../../support/work.ts';
import { test } from './sweeping.ts';

test('an execution that was accepted and never started is started, once', async ({
  accept,
  sweep,
  temporal,
}) => {
  const { id, row } = await accept();

  const first = await sweep();
  const second = await sweep();

  const { runId } = await temporal.client.workflow.getHandle(executionWorkflowId(id)).describe();
  expect(first.started).toBe(1);
  expect(second.started).toBe(0);
  expect(await row()).toMatchObject({ state: 'queued', runId });
});

test('a run that Temporal no longer knows is lost, not new', async ({ accept, sweep, system }) => {
  const { id, row } = await accept('a-run-of-an-older-store');

  await sweep();

  expect(await row()).toMatchObject({ state: 'failed', error: 'lost' });
  const events = await system.em
    .fork()
    .find(Event, { executionId: id }, { orderBy: { ordinal: 'asc' } });
  expect(events.map(({ eventType }) => eventType)).toEqual([
    'execution.queued',
    'execution.failed',
    'system.error',
  ]);
});

test('an execution that speaks, though no run of it was recorded, is looked after too', async ({
  accept,
  sweep,
  orm,
}) => {
  const { id, ownerId, row, age } = await accept();
  await orm.em.fork().execute('select execution_begin(?, ?, null)', [ownerId, id]);
  await age();

  await sweep();

  expect(await row()).toMatchObject({ state: 'failed', error: 'lost', runId: null });
});

test('an execution whose workflow an operator has terminated is cancelled', async ({
  accept,
  sweep,
  temporal,
}) => {
  const { id, row, age } = await accept();
  await sweep();
  await temporal.client.workflow.getHandle(executionWorkflowId(id)).terminate();
  await age();

  await sweep();

  expect(await row()).toMatchObject({ state: 'cancelled', completedAt: expect.any(Date) });
});

test('an execution at work is left alone, and not asked for again at once', async ({
  accept,
  sweep,
}) => {
  const { row, age } = await accept();
  await sweep();
  await age();

  const swept = await sweep();

  const { state, nextCheckAt } = await row();
  expect(swept.closed).toBe(0);
  expect(state).toBe('queued');
  expect(nextCheckAt.getTime()).toBeGreaterThan(Date.now());
});

test('a reservation that nobody extends any more is given back', async ({
  accept,
  sweep,
  orm,
  system,
  database,
}) => {
  const { id, ownerId } = await accept('run-1');
  const pool = makePool(database.appUrl, 1);
  const prepared = await makeExecutionStore(orm, callIn(orm.em.fork())).prepare({
    ownerId,
    executionId: id,
    runId: 'run-1',
  });
  const seat = prepared.status === 'ready' ? prepared.seats[0]! : null;
  await makeTurnLedger(pool).begin(turnOf({ ownerId, executionId: id, ...seat! }), 0);
  await pool.end();
  const em = system.em.fork();
  const early = await sweep();
  await em.execute("update call_flight set expires_at = now() - interval '1 second'");

  const swept = await sweep();

  const budgets = await em.execute('select reserved_tokens from budget where scope_id = ?', [id]);
  expect(early.released).toBe(0);
  expect(swept.released).toBe(1);
  expect(budgets).toEqual([{ reserved_tokens: '0' }]);
  expect(await em.find(LlmCall, { executionId: id })).toMatchObject([{ state: 'abandoned' }]);
});

test('a workflow that was not told of what a person said is told by the sweep, once', async ({
  accept,
  sweep,
  orm,
  system,
  temporal,
}) => {
  const { id, ownerId, row, age } = await accept();
  await sweep();
  await age();
  const { runId } = await row();
  await makeExecutionStore(orm, callIn(orm.em.fork())).prepare({
    ownerId,
    executionId: id,
    runId: runId!,
  });
  await asOwner(orm.em, ownerId).transactional((em) =>
    interject(em, { id, userId: ownerId }, { text: 'Wait!' }),
  );
  const early = await sweep();
  await system.em.fork().execute("update message set created_at = now() - interval '1 minute'");

  const first = await sweep();
  const second = await sweep();

  expect([early.told, first.told, second.told]).toEqual([0, 1, 0]);
  const { events } = await temporal.client.workflow
    .getHandle(executionWorkflowId(id))
    .fetchHistory();
  const signals = (events ?? []).flatMap(
    ({ workflowExecutionSignaledEventAttributes: signal }) => signal?.signalName ?? [],
  );
  expect(signals).toEqual(['interject']);
});

test('a child is its parent’s to start; when the parent ends first, it is closed with it, and opened by its retry', async ({
  accept,
  orm,
  sweep,
  system,
}) => {
  const parent = await accept('a-run');
  const childId = await makeExecution(orm, parent.ownerId);
  await system.em.fork().nativeUpdate(
    Execution,
    { id: childId },
    {
      parentExecutionId: parent.id,
      parentSlot: 'child',
      rootExecutionId: parent.id,
      depth: 1,
      createdAt: new Date(Date.now() - 60_000),
    },
  );

  const { started } = await sweep();
  const child = await system.em.fork().findOneOrFail(Execution, { id: childId });

  // The sweep found the parent lost, and closed it.
  expect(started).toBe(0);
  expect(await parent.row()).toMatchObject({ state: 'failed', error: 'lost' });
  expect(child).toMatchObject({ state: 'failed', error: 'cancelled', runId: null });
  const { id, ownerId } = parent;
  await asOwner(orm.em, ownerId).transactional((em) => retryExecution(em, { id, userId: ownerId }));
  const again = await system.em.fork().findOneOrFail(Execution, { id: childId });
  expect(again).toMatchObject({ state: 'queued', error: null, completedAt: null });
});
