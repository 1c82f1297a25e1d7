import { expect } from 'vitest';
import { startDebate, test } from './executions-fixtures.ts';

const budgetOf = (ceiling: object) => ({ budget: ceiling });

test('new ceilings take the place of the old ones, are told, and leave alone what is not named', async ({
  api,
  engine,
}) => {
  const ada = await engine.caller();
  const id = await startDebate(ada, budgetOf({ tokens: 90_000, costUsd: 1 }));
  const play = engine.play(ada, id);
  await play.prepare();
  await play.speak({ slot: 'debater_1', sequence: 1 });

  const res = await ada.post(`/v1/executions/${id}/budget`, { tokens: 120_000 }).expect(200);

  expect(res.body).toMatchObject({
    limits: { tokens: 120_000, costUsd: '1.000000' },
    used: { tokens: 120, costUsd: '0.000250' },
    reserved: { tokens: 0 },
    overrun: { tokens: 0 },
  });
  const events = await api.sql(
    "select actor, payload from conclave.event where execution_id = $1 and event_type = 'budget.raised'",
    [id],
  );
  expect(events).toEqual([
    { actor: `user:${ada.id}`, payload: { limitTokens: 120_000, limitUsd: '1.000000' } },
  ]);
});

test('a ceiling may be what is used and reserved exactly, and not below', async ({ engine }) => {
  const ada = await engine.caller();
  const id = await startDebate(ada);
  const play = engine.play(ada, id);
  await play.prepare();
  await play.speak({ slot: 'debater_1', sequence: 1 });
  await play.begin({ slot: 'debater_2', sequence: 2 });
  const { body: now } = await ada.post(`/v1/executions/${id}/budget`, { tokens: 1_000_000 });
  const held = (now.used.tokens as number) + (now.reserved.tokens as number);
  expect(now.reserved.tokens).toBeGreaterThan(0);

  const below = await ada.post(`/v1/executions/${id}/budget`, { tokens: held - 1 });
  const exact = await ada.post(`/v1/executions/${id}/budget`, { tokens: held });
  const cheap = await ada.post(`/v1/executions/${id}/budget`, { costUsd: 0.000249 });
  const paid = await ada.post(`/v1/executions/${id}/budget`, { costUsd: 0.00025 });
  const none = await ada.post(`/v1/executions/${id}/budget`, {});

  expect(below.body).toMatchObject({ status: 409, code: 'state_conflict' });
  expect(exact.body).toMatchObject({ limits: { tokens: held } });
  expect(cheap.body).toMatchObject({ status: 409 });
  expect(paid.body).toMatchObject({ limits: { costUsd: '0.000250' } });
  expect(none.status).toBe(400);
});

test('the budget of an execution that is over is closed; one that failed may be given more', async ({
  engine,
}) => {
  const ada = await engine.caller();
  const [done, failed] = [await startDebate(ada), await startDebate(ada)];
  const [first, second] = [engine.play(ada, done), engine.play(ada, failed)];
  await first.prepare();
  await second.prepare();
  await first.speak({ slot: 'debater_1', sequence: 1 });
  await first.complete([{ slot: 'debater_1', sequence: 1, position: 0, weight: 1, confidence: 1 }]);
  await second.failExecution('No more money.');

  const closed = await ada.post(`/v1/executions/${done}/budget`, { tokens: 10_000 });
  const given = await ada.post(`/v1/executions/${failed}/budget`, { tokens: 10_000 });

  expect(closed.body).toMatchObject({ status: 409, code: 'state_conflict' });
  expect(given.status).toBe(200);
});

test('what is said to an execution waits, for those whom it is for, until it is over', async ({
  engine,
}) => {
  const ada = await engine.caller();
  const id = await startDebate(ada);

  const said = await ada
    .post(`/v1/executions/${id}/interject`, { text: 'Mind the date.', to: ['debater_2'] })
    .expect(202);
  const strange = await ada.post(`/v1/executions/${id}/interject`, { text: 'x', to: ['chair'] });
  const waiting = await ada.get(`/v1/executions/${id}`).expect(200);
  const play = engine.play(ada, id);
  await play.prepare();
  await play.failExecution('It broke.');
  const late = await ada.post(`/v1/executions/${id}/interject`, { text: 'Too late.' });

  expect(said.body).toMatchObject({ state: 'waiting', to: ['debater_2'], sequence: null });
  expect(waiting.body.interjections).toEqual([said.body]);
  expect(strange.body).toMatchObject({ status: 400, errors: [{ path: 'to.0' }] });
  expect(late.body).toMatchObject({ status: 409, code: 'state_conflict' });
  const closed = await ada.get(`/v1/executions/${id}`).expect(200);
  expect(closed.body.interjections).toMatchObject([{ text: 'Mind the date.', state: 'expired' }]);
  expect((await ada.get(`/v1/executions/${id}/messages`)).body.items).toEqual([]);
});

test('what is said takes the numbers that are free, around what has its place already', async ({
  engine,
}) => {
  const ada = await engine.caller();
  const id = await startDebate(ada);
  const play = engine.play(ada, id);
  const say = (text: string) => ada.post(`/v1/executions/${id}/interject`, { text }).expect(202);
  await play.prepare();
  await say('First.');
  await play.place({ from: 4, round: 2 });
  await say('Second.');
  await say('Third.');

  const placed = await play.place({ from: 3, round: 2 });

  expect(placed).toEqual({ count: 3, waiting: false });
  const { body } = await ada.get(`/v1/executions/${id}`).expect(200);
  expect(body.interjections).toMatchObject([
    { text: 'Second.', sequence: 3 },
    { text: 'First.', sequence: 4 },
    { text: 'Third.', sequence: 5 },
  ]);
});
