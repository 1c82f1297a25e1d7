import { expect } from 'vitest';
import { AgentExecution } from '../../../infra/db/entities/agent-execution.ts';
import { Event } from '../../../infra/db/entities/event.ts';
import { ExecutionStateHistory } from '../../../infra/db/entities/execution-state-history.ts';
import { Execution } from '../../../infra/db/entities/execution.ts';
import { Message } from '../../../infra/db/entities/message.ts';
import { callIn } from '../../../infra/db/call.ts';
import { makeExecutionStore } from '../../../infra/db/execution-store.ts';
import { newId } from '../../../infra/db/new-id.ts';
import { asOwner } from '../../../infra/db/session.ts';
import { ModelCallFailed } from '../../../workflows/contract/errors.ts';
import {
  makeExecution,
  makeOwner,
  rehearsalModel,
  rehearsingAgent,
  turnOf,
} from '../../support/work.ts';
import { NO, RECORD, YES, costing, go, test } from './turns.ts';

test('a turn that was taken is found again, and nobody is called', async ({ begin, ledger }) => {
  const { turn, rows } = await begin();
  const context = go(await ledger.begin(turn, 0));

  const stored = await ledger.succeed(turn, context, RECORD, YES);

  expect(stored).toMatchObject({ choice: 'yes', position: 0, tokens: 30, costUsd: '0.000050' });
  expect(await ledger.begin(turn, 0)).toEqual({ status: 'done', outcome: stored });
  expect(await rows.flights()).toHaveLength(0);
  const budget = await rows.budget();
  expect(budget).toMatchObject({ usedTokens: 30, reservedTokens: 0, usedUsd: '0.000050' });
});

test('a commit whose answer was lost is found by the same attempt, and settled once', async ({
  begin,
  ledger,
}) => {
  const { turn, rows } = await begin();
  const context = go(await ledger.begin(turn, 0));

  const first = await ledger.succeed(turn, context, RECORD, YES);
  const second = await ledger.succeed(turn, context, RECORD, YES);

  expect(second).toEqual(first);
  expect(await rows.calls()).toHaveLength(1);
  expect(await rows.budget()).toMatchObject({ usedTokens: 30 });
});

test('an attempt that died in flight is abandoned, and the next one is its repeat', async ({
  begin,
  ledger,
}) => {
  const { turn, rows } = await begin();
  go(await ledger.begin(turn, 0));

  const again = go(await ledger.begin(turn, 0));
  await ledger.succeed(turn, again, RECORD, YES);

  expect(again).toMatchObject({ call: 0, ordinal: 1, attempt: 2, callsBefore: 0 });
  const [dead, repeat] = await rows.calls();
  expect(dead).toMatchObject({ state: 'abandoned', ordinal: 0, repeatOfId: null });
  expect(repeat).toMatchObject({ state: 'succeeded', ordinal: 1, repeatOfId: dead?.id });
  expect(await rows.budget()).toMatchObject({ usedTokens: 30, reservedTokens: 0 });
});

test('an attempt that comes back late books its money and changes nothing else', async ({
  begin,
  ledger,
}) => {
  const { turn, rows } = await begin();
  const late = go(await ledger.begin(turn, 0));
  const winner = go(await ledger.begin(turn, 0));

  const whileTheOtherWorks = await ledger.succeed(turn, late, RECORD, NO);
  const stored = await ledger.succeed(turn, winner, RECORD, YES);

  expect(whileTheOtherWorks).toBeNull();
  expect(stored).toMatchObject({ choice: 'yes' });
  const [dead] = await rows.calls();
  expect(dead).toMatchObject({ state: 'abandoned', costUsd: '0.000050' });
  expect(await rows.budget()).toMatchObject({ usedTokens: 60, reservedTokens: 0 });
});

test('a late attempt whose commit was not answered tells of its cost again, and is booked once', async ({
  begin,
  ledger,
}) => {
  const { turn, rows } = await begin();
  const late = go(await ledger.begin(turn, 0));
  go(await ledger.begin(turn, 0));

  await ledger.succeed(turn, late, RECORD, NO);
  await ledger.succeed(turn, late, RECORD, NO);

  expect(await rows.budget()).toMatchObject({ usedTokens: 30, usedUsd: '0.000050' });
});

test('a late attempt that fails books its money, once, and neither ends nor extends the call of the one at work', async ({
  begin,
  ledger,
}) => {
  const { turn, rows } = await begin();
  const late = go(await ledger.begin(turn, 0));
  const atWork = go(await ledger.begin(turn, 0));
  const failure = new ModelCallFailed('model_unavailable', 'It broke off.', { retryable: true });

  const isExtended = await ledger.extend(turn, late);
  await ledger.fail(turn, late, RECORD, failure);
  await ledger.fail(turn, late, RECORD, failure);

  expect(isExtended).toBe(false);
  expect(await rows.flights()).toMatchObject([{ ordinal: atWork.ordinal }]);
  expect(await rows.calls()).toMatchObject([{ state: 'abandoned', costUsd: '0.000050' }]);
  expect(await rows.budget()).toMatchObject({ usedTokens: 30, usedUsd: '0.000050' });
  expect(await ledger.extend(turn, atWork)).toBe(true);
});

test('an outcome whose flight was swept is kept all the same, as nobody else has one', async ({
  begin,
  ledger,
  orm,
}) => {
  const { turn, rows } = await begin();
  const context = go(await ledger.begin(turn, 0));
  await asOwner(orm.em, turn.ownerId).execute('select abandon_flights(?, 10)', [turn.executionId]);

  const stored = await ledger.succeed(turn, context, RECORD, YES);

  expect(stored).toMatchObject({ choice: 'yes' });
  expect(await ledger.begin(turn, 0)).toEqual({ status: 'done', outcome: stored });
  expect(await rows.budget()).toMatchObject({ usedTokens: 30, reservedTokens: 0 });
});

test('another ask at the same place supersedes what was said there and later', async ({
  begin,
  ledger,
}) => {
  const { turn, rows } = await begin();
  const later = { ...turn, sequence: 2, round: 2, hears: { before: 2 } };
  await ledger.succeed(turn, go(await ledger.begin(turn, 0)), RECORD, YES);
  await ledger.succeed(later, go(await ledger.begin(later, 0)), RECORD, YES);

  const other = { ...turn, ask: { kind: 'position', round: 1, maxRounds: 9 } } as const;
  await ledger.succeed(other, go(await ledger.begin(other, 0)), RECORD, NO);

  const messages = await rows.messages();
  const valid = messages.filter(({ supersededAt }) => supersededAt === null);
  expect(valid).toMatchObject([{ sequence: 1, choice: 'no' }]);
  expect(messages).toHaveLength(3);
});

test('what people said outlives another ask, and where a turn takes its number it waits for another', async ({
  begin,
  ledger,
  orm,
}) => {
  const { turn, rows } = await begin();
  const { ownerId, executionId } = turn;
  const said = { ownerId, executionId, senderUserId: ownerId, content: { text: 'Listen.' } };
  await asOwner(orm.em, ownerId).insertMany(
    Message,
    [2, 4].map((sequence) => ({
      ...said,
      id: newId(),
      sequence,
      round: 2,
      senderKind: 'user' as const,
      messageType: 'interjection' as const,
      deliveryStatus: 'delivered' as const,
    })),
  );
  await ledger.succeed(turn, go(await ledger.begin(turn, 0)), RECORD, YES);

  const other = { ...turn, ask: { kind: 'position', round: 1, maxRounds: 9 } } as const;
  await ledger.succeed(other, go(await ledger.begin(other, 0)), RECORD, NO);
  const next = { ...turn, sequence: 2, round: 2, hears: { before: 2 } };
  await ledger.succeed(next, go(await ledger.begin(next, 0)), RECORD, YES);

  const standing = (await rows.messages()).filter(({ supersededAt }) => supersededAt === null);
  expect(standing).toMatchObject([
    { sequence: 1, choice: 'no' },
    { sequence: 2, choice: 'yes' },
    { sequence: 4, messageType: 'interjection', deliveryStatus: 'delivered' },
    { sequence: null, messageType: 'interjection', deliveryStatus: 'pending' },
  ]);
});

test('a model that fails too often gives way to the next one, and the last failure is told', async ({
  begin,
  ledger,
}) => {
  const models = [rehearsalModel('a'), rehearsalModel('b')];
  const { turn, rows } = await begin({
    agents: [rehearsingAgent('ada', { maxRetries: 1, models })],
  });
  const busy = new ModelCallFailed('model_unavailable', 'busy', { retryable: true });
  const refused = new ModelCallFailed('model_refused', 'no', { retryable: false });

  const failures = [];
  for (const failure of [busy, busy, refused]) {
    const context = go(await ledger.begin(turn, 0));
    failures.push(await ledger.fail(turn, context, RECORD, failure));
  }

  expect(failures).toEqual([1, 2, 1]);
  expect(await ledger.begin(turn, 0)).toEqual({ status: 'exhausted', code: 'model_refused' });
  expect((await rows.calls()).map(({ modelName }) => modelName)).toEqual(['a', 'a', 'b']);
  expect(await rows.budget()).toMatchObject({ usedTokens: 90, reservedTokens: 0 });
});

test('a call that we broke off counts as a repeat, not as a failure of its model', async ({
  begin,
  ledger,
}) => {
  const { turn, rows } = await begin({ agents: [rehearsingAgent('ada', { maxRetries: 0 })] });

  await ledger.fail(turn, go(await ledger.begin(turn, 0)), RECORD, null);
  const again = go(await ledger.begin(turn, 0));
  await ledger.succeed(turn, again, RECORD, YES);

  const [broken, repeat] = await rows.calls();
  expect(again).toMatchObject({ attempt: 2, modelIndex: 0 });
  expect(broken).toMatchObject({ state: 'abandoned', errorCode: null });
  expect(repeat).toMatchObject({ state: 'succeeded', repeatOfId: broken?.id });
});

test('an answer in the wrong form is repaired once, in a call of its own', async ({
  begin,
  ledger,
}) => {
  const { turn, rows } = await begin();
  const wrong = new ModelCallFailed('invalid_output', 'choice', { retryable: false });

  const first = go(await ledger.begin(turn, 0));
  await ledger.fail(turn, first, RECORD, wrong, 'perhaps?');
  const repair = go(await ledger.begin(turn, 0));
  await ledger.fail(turn, repair, RECORD, wrong, 'perhaps!');

  expect(first).toMatchObject({ call: 0, invalidAnswer: null });
  expect(repair).toMatchObject({ call: 1, ordinal: 0, invalidAnswer: 'perhaps?' });
  expect(await ledger.begin(turn, 0)).toEqual({ status: 'exhausted', code: 'invalid_output' });
  expect(await rows.calls()).toHaveLength(2);
});

test('a turn without room waits while others hold it, and is refused when nobody does', async ({
  begin,
  ledger,
}) => {
  const { turn, seats, rows } = await begin({ limitTokens: 2_000 });
  const other = turnOf(seats[1]!, { sequence: 2 });
  const context = go(await ledger.begin(turn, 0));

  const waiting = await ledger.begin(other, 0);
  await ledger.succeed(turn, context, costing(1_900), YES);
  const refused = await ledger.begin(other, 1_000);

  expect(waiting).toEqual({ status: 'waiting_budget' });
  expect(refused).toEqual({ status: 'budget_exhausted' });
  expect(await rows.budget()).toMatchObject({ usedTokens: 1_920, reservedTokens: 0 });
});

test('what an answer costs beyond the ceiling is overrun, and nothing more is admitted', async ({
  begin,
  ledger,
}) => {
  const { turn, seats, rows } = await begin({ limitTokens: 2_000 });

  await ledger.succeed(turn, go(await ledger.begin(turn, 0)), costing(5_000), YES);

  const budget = await rows.budget();
  expect(budget).toMatchObject({ usedTokens: 2_000, overrunTokens: 3_020, reservedTokens: 0 });
  const next = await ledger.begin(turnOf(seats[1]!, { sequence: 2 }), 0);
  expect(next).toEqual({ status: 'budget_exhausted' });
});

test('a turn hears the newest whole rounds that fit', async ({ begin, ledger }) => {
  const model = { ...rehearsalModel('small'), contextWindow: 2_100, maxOutputTokens: 1_000 };
  const agents = ['ada', 'bob'].map((name) => rehearsingAgent(name, { models: [model] }));
  const { seats } = await begin({ agents });
  const long = { ...YES, text: 'x'.repeat(600) };
  for (const round of [1, 2, 3])
    for (const [i, seat] of seats.entries()) {
      const turn = turnOf(seat, { sequence: round * 2 - 1 + i, round });
      await ledger.succeed(turn, go(await ledger.begin(turn, 0)), RECORD, long);
    }

  const hears = { before: 7, rounds: { from: 1, to: 3 } };
  const last = turnOf(seats[0]!, { sequence: 7, round: 4, hears });
  const context = go(await ledger.begin(last, 0));

  expect(context.heard.map(({ sequence }) => sequence)).toEqual([5, 6]);
  expect(context.heard.map(({ own }) => own)).toEqual([true, false]);
  expect(context.omittedRounds).toBe(2);
});

test('a seat that gave no answer is on record once, and is not asked again', async ({
  begin,
  ledger,
}) => {
  const { turn, rows } = await begin();

  await ledger.giveUp(turn, 'model_refused');
  await ledger.giveUp(turn, 'model_refused');

  const messages = await rows.messages();
  expect(messages).toMatchObject([{ failureCode: 'model_refused', messageType: 'system' }]);
  expect(await ledger.begin(turn, 0)).toEqual({ status: 'exhausted', code: 'model_refused' });
});

test('nobody is called for an execution that has ended, and its flights are given up', async ({
  begin,
  ledger,
  orm,
}) => {
  const { turn, rows } = await begin();
  const context = go(await ledger.begin(turn, 0));

  const { ownerId, executionId } = turn;
  await makeExecutionStore(orm, callIn(orm.em.fork())).close(
    { ownerId, executionId, runId: 'run-1' },
    { state: 'cancelled' },
  );

  expect(await ledger.begin(turn, 0)).toEqual({ status: 'exhausted', code: 'cancelled' });
  expect(await ledger.extend(turn, context)).toBe(false);
  expect(await rows.flights()).toHaveLength(0);
  expect(await rows.budget()).toMatchObject({ reservedTokens: 0, isClosed: true });
});

test("another owner's execution is none", async ({ begin, ledger, orm }) => {
  const { turn } = await begin();

  const begun = await ledger.begin({ ...turn, ownerId: await makeOwner(orm) }, 0);

  expect(begun).toEqual({ status: 'exhausted', code: 'cancelled' });
});

test('a judge labels the positions, and a repeat of its turn finds the same ask', async ({
  begin,
  ledger,
}) => {
  const { seats, rows } = await begin({ input: { question: 'What now?' } });
  const words = ['Wait a week.', 'wait one week'];
  for (const [i, position] of words.entries()) {
    const turn = turnOf(seats[i]!, { sequence: i + 1 });
    const answer = { ...YES, choice: position, output: { position } };
    await ledger.succeed(turn, go(await ledger.begin(turn, 0)), RECORD, answer);
  }
  const turn = turnOf(seats[0]!, {
    sequence: 3,
    ask: { kind: 'group', round: 1, sequences: [1, 2] },
    hears: { before: 3, rounds: { from: 1, to: 1 } },
  });

  const context = go(await ledger.begin(turn, 0));
  const groups = {
    ...YES,
    choice: null,
    output: { groups: [['A', 'B']] },
    labels: { 1: words[0]!, 2: words[0]! },
  };
  const stored = await ledger.succeed(turn, context, RECORD, groups);

  expect(context.heard.map(({ choice }) => choice)).toEqual(words);
  expect(await ledger.begin(turn, 0)).toEqual({ status: 'done', outcome: stored });
  const choices = (await rows.messages()).map(({ choice }) => choice);
  expect(choices).toEqual([words[0], words[0], null]);
});

test('the first turn takes up an execution that no run has taken up yet, and then a run does', async ({
  orm,
  ledger,
}) => {
  const ownerId = await makeOwner(orm);
  const executionId = await makeExecution(orm, ownerId);
  const em = () => asOwner(orm.em, ownerId);
  const seat = await em().findOneOrFail(AgentExecution, { executionId, slotName: 'debater_1' });
  const { id: agentExecutionId, slotName: slot } = seat;

  go(await ledger.begin(turnOf({ ownerId, executionId, agentExecutionId, slot }), 0));
  const spoken = await em().findOneOrFail(Execution, { id: executionId });
  await makeExecutionStore(orm, callIn(orm.em.fork())).prepare({
    ownerId,
    executionId,
    runId: 'run-1',
  });

  expect(seat.state).toBe('queued');
  expect(spoken).toMatchObject({ state: 'running', runId: null, startedAt: expect.any(Date) });
  expect(await em().findOneOrFail(Execution, { id: executionId })).toMatchObject({
    state: 'running',
    runId: 'run-1',
  });
  const seats = await em().find(AgentExecution, { executionId });
  expect(seats.map(({ state }) => state)).toEqual(['running', 'running']);
  const order = { orderBy: { ordinal: 'asc' } } as const;
  const events = await em().find(Event, { executionId }, order);
  expect(events.map(({ eventType }) => eventType)).toEqual([
    'execution.queued',
    'execution.preparing',
    'execution.started',
  ]);
  const history = await em().find(ExecutionStateHistory, { executionId }, order);
  expect(history.map(({ ordinal, newState }) => [ordinal, newState])).toEqual([
    [0, 'queued'],
    [1, 'preparing'],
    [2, 'running'],
  ]);
});
