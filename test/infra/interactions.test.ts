import { expect } from 'vitest';
import { MikroORM } from '@mikro-orm/postgresql';
import { Execution } from '../../infra/db/entities/execution.ts';
import { Event } from '../../infra/db/entities/event.ts';
import { HumanInteraction } from '../../infra/db/entities/human-interaction.ts';
import { callIn } from '../../infra/db/call.ts';
import { makeExecutionStore } from '../../infra/db/execution-store.ts';
import { newId } from '../../infra/db/new-id.ts';
import { ormConfig } from '../../infra/db/orm.config.ts';
import { makeInteractionStore } from '../../infra/interactions/interaction-store.ts';
import type { ResolvedGate } from '../../workflows/contract/gates.ts';
import { test as base } from '../support/fixtures.ts';
import { newExecution, newUser } from './db/rows.ts';

const GATE: ResolvedGate = {
  before: 'start',
  kind: 'approval',
  prompt: null,
  approvers: ['role:approver'],
  quorum: 1,
  options: null,
  deadlineMs: null,
  onTimeout: 'reject',
  escalation: [],
};

/** `test` with trees of executions that run, and gates in them. */
const test = base.extend('trees', { scope: 'file' }, async ({ database, orm }, { onCleanup }) => {
  const admin = await MikroORM.init(ormConfig(database.adminUrl));
  onCleanup(() => admin.close());
  const executions = makeExecutionStore(orm, callIn(orm.em.fork()));
  const interactions = makeInteractionStore(orm);

  /** A root with so many executions under it, each the child of the one before; all run. */
  const tree = async (depth: number, gate: Partial<ResolvedGate> = {}) => {
    const em = admin.em.fork();
    const { id: ownerId } = newUser(em);
    await em.flush();
    const ids: string[] = [];
    for (let i = 0; i <= depth; i++) {
      const { execution } = newExecution(em, ownerId);
      const { definition } = execution;
      Object.assign(execution, {
        state: 'running',
        startedAt: new Date(),
        definition: { ...definition, gates: [{ ...GATE, ...gate }] },
        ...(i > 0 && { parentExecutionId: ids[i - 1], rootExecutionId: ids[0], depth: i }),
      });
      ids.push(execution.id);
    }
    await em.flush();
    const keyOf = (i: number) => ({ ownerId, executionId: ids[i]! });
    return {
      ownerId,
      ids,
      open: async (i: number) => {
        const standing = await interactions.open({ ...keyOf(i), gate: 0 });
        if (standing.state !== 'waiting') throw new Error(`it is ${standing.state}`);
        return { ...keyOf(i), interactionId: standing.interactionId, dueMs: standing.dueMs };
      },
      pause: (i: number, isPaused: boolean) =>
        executions.pause({ ...keyOf(i), userId: ownerId, isPaused }),
      close: (i: number) =>
        executions.close(
          { ...keyOf(i), runId: 'run-1' },
          { state: 'failed', code: 'internal', message: 'No.' },
        ),
      states: async () => {
        const rows = await admin.em.fork().find(Execution, { id: { $in: ids } });
        return ids.map((id) => rows.find((row) => row.id === id)!.state);
      },
    };
  };
  const row = (id: string) => admin.em.fork().findOneOrFail(HumanInteraction, { id });
  /** As if it had been opened so long ago. */
  const age = async (id: string, ms: number): Promise<void> => {
    await admin.em.execute(
      `update conclave.human_interaction set created_at = created_at - ? * interval '1 ms',
         deadline_at = deadline_at - ? * interval '1 ms' where id = ?`,
      [ms, ms, id],
    );
  };
  const approve = (id: string) =>
    admin.em.execute(
      `update conclave.human_interaction set state = 'answered', decision = 'approve', decided_at = now() where id = ?`,
      [id],
    );
  const events = async (id: string) => {
    const rows = await admin.em
      .fork()
      .find(Event, { subjectId: id }, { orderBy: { ordinal: 'asc' } });
    return rows.map(({ eventType }) => eventType);
  };
  return { tree, row, age, approve, events, interactions };
});

test('a question at the bottom pauses all above it, and they go on together', async ({ trees }) => {
  const { ids, open, states } = await trees.tree(3);

  const question = await open(3);
  expect(await states()).toEqual(ids.map(() => 'paused'));
  await trees.approve(question.interactionId);
  await trees.interactions.attend(question);

  expect(await states()).toEqual(ids.map(() => 'running'));
});

test('what another question holds, or a person, does not go on with the first answer', async ({
  trees,
}) => {
  const { open, pause, states } = await trees.tree(2);
  const [low, high] = [await open(2), await open(1)];
  await pause(0, true);

  await trees.approve(high.interactionId);
  await trees.interactions.attend(high);
  expect(await states()).toEqual(['paused', 'paused', 'paused']);
  await trees.approve(low.interactionId);
  await trees.interactions.attend(low);
  expect(await states()).toEqual(['paused', 'running', 'running']);
  await pause(0, false);

  expect(await states()).toEqual(['running', 'running', 'running']);
});

test('a pause is written once, and a person’s resume does not answer a question', async ({
  trees,
}) => {
  const { open, pause, states } = await trees.tree(0);
  await pause(0, true);
  await pause(0, true);
  await open(0);

  await pause(0, false);

  expect(await states()).toEqual(['paused']);
});

test('an execution that ends takes its questions back, and those above go on', async ({
  trees,
}) => {
  const { open, close, states } = await trees.tree(1);
  const { interactionId } = await open(1);

  await close(1);

  expect(await states()).toEqual(['running', 'failed']);
  expect(await trees.row(interactionId)).toMatchObject({ state: 'cancelled', decision: null });
  expect(await trees.events(interactionId)).toEqual([
    'interaction.opened',
    'interaction.cancelled',
  ]);
});

test('an answer that came just before nobody needs it any more is told to nobody, and holds nothing', async ({
  trees,
}) => {
  const { open, states } = await trees.tree(1);
  const question = await open(1);
  await trees.approve(question.interactionId);

  await trees.interactions.withdraw(question);

  expect(await states()).toEqual(['running', 'running']);
  expect(await trees.row(question.interactionId)).toMatchObject({
    state: 'answered',
    decision: 'approve',
    signalledAt: expect.any(Date),
  });
});

test('nobody answers: more people are asked, one step after the other, then the deadline decides', async ({
  trees,
}) => {
  const { open, states } = await trees.tree(0, {
    deadlineMs: 60_000,
    onTimeout: 'fail',
    escalation: [
      { to: ['role:operator', 'role:approver'], afterMs: 10_000 },
      { to: ['role:admin'], afterMs: 20_000 },
    ],
  });
  const question = await open(0);
  const { interactionId } = question;
  expect(question.dueMs).toBeGreaterThan(5_000);
  expect(question.dueMs).toBeLessThanOrEqual(10_000);

  await trees.age(interactionId, 10_000);
  const first = await trees.interactions.attend(question);
  expect(await trees.row(interactionId)).toMatchObject({
    state: 'pending',
    level: 1,
    assignees: ['role:approver', 'role:operator'],
  });
  await trees.interactions.attend(question);
  await trees.age(interactionId, 30_000);
  const second = await trees.interactions.attend(question);
  expect(await trees.row(interactionId)).toMatchObject({ level: 2, state: 'pending' });
  await trees.age(interactionId, 20_000);
  const last = await trees.interactions.attend(question);

  expect(first).toMatchObject({ state: 'waiting', dueMs: expect.any(Number) });
  expect((second as { dueMs: number }).dueMs).toBeLessThanOrEqual(20_000);
  expect(last).toEqual({ state: 'expired', action: 'fail' });
  expect(await trees.interactions.attend(question)).toEqual(last);
  expect(await states()).toEqual(['running']);
  expect(await trees.events(interactionId)).toEqual([
    'interaction.opened',
    'interaction.escalated',
    'interaction.escalated',
    'interaction.expired',
  ]);
});

test('questions opened and answered at once all over a tree leave nothing paused', async ({
  trees,
}) => {
  const { ids, open, states } = await trees.tree(4);

  await Promise.all(
    ids.map(async (_, i) => {
      const question = await open(i);
      await trees.approve(question.interactionId);
      await trees.interactions.attend(question);
    }),
  );

  expect(await states()).toEqual(ids.map(() => 'running'));
});

test('what is unknown is asked of nobody', async ({ trees }) => {
  const { ownerId, ids } = await trees.tree(0);
  const interactionId = newId();

  const key = { ownerId, executionId: ids[0]!, interactionId };
  expect(await trees.interactions.attend(key)).toEqual({ state: 'cancelled' });
  expect(await trees.interactions.open({ ...key, gate: 7 })).toEqual({ state: 'cancelled' });
});
