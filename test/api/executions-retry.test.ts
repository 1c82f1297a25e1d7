import { expect } from 'vitest';
import { makeHttpClient } from '../support/http-client.ts';
import { inlineAgent, startDebate } from './executions-fixtures.ts';
import { respond, test as base } from './people.ts';
import type { Line } from './play.ts';
import type { Caller } from './support.ts';

const members = [1, 2, 3].map((n) => ({ slot: `debater_${n}`, agent: inlineAgent(`agent-${n}`) }));
const inline = {
  type: 'debate',
  config: { consensusMethod: 'majority', maxRounds: 3 },
  members,
};

/** The turn of a debater in a round whose turns are planned together. */
const lineOf = (n: number, round: number, before: number): Line => ({
  slot: `debater_${n}`,
  sequence: before + n - 1,
  round,
  before,
});

/** A turn of a stage; the first is a checkpoint. */
const stage = (n: number, sequence: number): Line => ({
  slot: `debater_${n}`,
  sequence,
  round: n,
  ask: { kind: 'stage', stage: n, stages: 3, checkpoint: n === 1 },
});

/** A debate of three that runs, one round at a time. */
const test = base.extend('debate', async ({ engine }) => {
  const ada = await engine.caller();
  const id = await startDebate(ada, { inline });
  const play = engine.play(ada, id);
  await play.prepare();
  /** Each seat's choice; null: it came to nothing. */
  const round = async (number: number, before: number, said: readonly (string | null)[]) => {
    for (const [i, choice] of said.entries()) {
      const line = lineOf(i + 1, number, before);
      await (choice === null ? play.fail(line) : play.speak({ ...line, choice }));
    }
  };
  const retry = async () => {
    await ada.post(`/v1/executions/${id}/retry`, {}).expect(202);
    await play.prepare();
  };
  return { ada, id, play, round, retry };
});

const interjectionsOf = async (caller: Caller, id: string): Promise<unknown[]> =>
  (await caller.get(`/v1/executions/${id}`).expect(200)).body.interjections as unknown[];
const messagesOf = async (caller: Caller, id: string) => {
  const { body } = await caller.get(`/v1/executions/${id}/messages`).expect(200);
  return (body.items as { sequence: number; type: string }[]).map(({ sequence, type }) => [
    sequence,
    type,
  ]);
};

test('a retry tries anew what the execution failed on, and no turn that it was held without', async ({
  debate: { ada, id, play, round, retry },
}) => {
  await round(1, 1, ['yes', 'no', null]);
  await round(2, 4, ['yes', 'no', 'no']);
  await ada.post(`/v1/executions/${id}/interject`, { text: 'The tests are red.' }).expect(202);
  await play.place({ from: 7, round: 3 });
  await round(3, 8, ['yes', null, null]);
  await play.failExecution('Too few votes.');

  await retry();

  await expect(play.begin(lineOf(3, 1, 1))).rejects.toThrow('the turn is exhausted');
  for (const n of [1, 2, 3])
    await expect(play.begin(lineOf(n, 2, 4))).rejects.toThrow('the turn is done');
  await expect(play.begin(lineOf(1, 3, 8))).rejects.toThrow('the turn is done');
  await play.speak(lineOf(2, 3, 8));
  await play.speak(lineOf(3, 3, 8));
  expect((await messagesOf(ada, id)).map(([sequence]) => sequence)).toEqual([
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
  ]);
  expect(await interjectionsOf(ada, id)).toMatchObject([
    { text: 'The tests are red.', state: 'heard', sequence: 7 },
  ]);
});

test('what people said and no good turn has heard waits for a place again', async ({
  debate: { ada, id, play, round, retry },
  engine,
}) => {
  await round(1, 1, ['yes', 'no', 'no']);
  await ada.post(`/v1/executions/${id}/interject`, { text: 'The tests are red.' }).expect(202);
  await play.place({ from: 4, round: 2 });
  await ada.post(`/v1/executions/${id}/interject`, { text: 'All of them.' }).expect(202);
  await round(2, 5, [null, null, null]);
  await play.failExecution('Too few votes.');

  await retry();
  const waiting = await interjectionsOf(ada, id);
  const early = await play.place({ from: 1, round: 1 });
  const placed = await play.place({ from: 4, round: 2 });
  await round(2, 6, ['yes', 'no', 'no']);

  expect(waiting).toMatchObject([{ state: 'waiting' }, { state: 'waiting', sequence: null }]);
  expect([early, placed]).toEqual([
    { count: 0, waiting: true },
    { count: 2, waiting: false },
  ]);
  expect(await messagesOf(ada, id)).toEqual([
    [1, 'response'],
    [2, 'response'],
    [3, 'response'],
    [4, 'interjection'],
    [5, 'interjection'],
    [6, 'response'],
    [7, 'response'],
    [8, 'response'],
  ]);
  await play.complete();
  const told: number[] = [];
  for await (const { event, data } of makeHttpClient(engine.baseUrl, ada.key).events(
    `/v1/executions/${id}/events`,
  ))
    if (event === 'message') told.push(data['sequence'] as number);
  expect(told.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test('where the money ended, what could not be paid for is tried, whatever was said meanwhile', async ({
  debate: { play, retry },
}) => {
  const judge: Line = {
    ...lineOf(1, 1, 4),
    ask: { kind: 'group', round: 1, sequences: [1, 2] },
  };
  await play.speak(lineOf(1, 1, 1));
  await play.speak(lineOf(2, 1, 1));
  await play.speak(judge);
  await play.cannotPay(lineOf(3, 1, 1));
  await play.failExecution('No more money.', 'budget_exhausted');

  await retry();

  await play.speak(lineOf(3, 1, 1));
  await expect(play.begin(lineOf(1, 1, 1))).rejects.toThrow('the turn is done');
});

test('in a fork, too, nothing is tried anew that a turn knew of which is kept', async ({
  debate: { ada, id, play, round },
  engine,
}) => {
  await round(1, 1, ['yes', 'no', null]);
  const chair: Line = { ...lineOf(1, 1, 4), ask: { kind: 'mediate', round: 1, mayContinue: true } };
  await play.speak(chair);
  await round(2, 5, ['yes', 'no', 'no']);
  const res = await ada.post(`/v1/executions/${id}/fork`, { fromMessage: 7 }).expect(202);
  const forkId = res.body.id as string;
  const fork = engine.play(ada, forkId);
  await fork.prepare();
  for (const line of [lineOf(1, 1, 1), lineOf(2, 1, 1), chair, lineOf(1, 2, 5)])
    await expect(fork.begin(line)).rejects.toThrow('the turn is done');
  await fork.fail(lineOf(1, 3, 8));
  await fork.failExecution('It broke.');

  await ada.post(`/v1/executions/${forkId}/retry`, {}).expect(202);
  await fork.prepare();

  await expect(fork.begin(lineOf(3, 1, 1))).rejects.toThrow('the turn is exhausted');
  await expect(fork.begin(lineOf(2, 2, 5))).rejects.toThrow('the turn is done');
  await fork.speak(lineOf(1, 3, 8));
});

test('what came after a checkpoint is done anew, and hears again what people said there', async ({
  debate: { ada, id, play, retry },
}) => {
  await play.speak(stage(1, 1));
  await play.fail(stage(2, 2));
  await play.speak(stage(2, 3));
  await ada.post(`/v1/executions/${id}/interject`, { text: 'Shorter.' }).expect(202);
  await play.place({ from: 4, round: 3 });
  await play.fail(stage(3, 5));
  await play.failExecution('It broke.');

  await retry();
  await expect(play.begin(stage(1, 1))).rejects.toThrow('the turn is done');
  await play.speak(stage(2, 2));
  await play.place({ from: 3, round: 3 });
  await play.speak(stage(3, 4));

  expect(await messagesOf(ada, id)).toEqual([
    [1, 'response'],
    [2, 'response'],
    [3, 'interjection'],
    [4, 'response'],
  ]);
});

test('an answer at a gate that is come to again takes its new place', async ({ engine, gated }) => {
  const ada = await engine.caller();
  const gate = await gated(ada, [{ before: 'round:2', kind: 'input' }]);
  const { id, play } = gate;
  await play.speak(lineOf(1, 1, 1));
  await play.speak(lineOf(2, 1, 1));
  await gate.open();
  const asked = await gate.question();
  await respond(ada, asked, { decision: 'answer', text: 'Think of Friday.' }).expect(200);
  await gate.attend(asked);
  await gate.placeAnswer(asked, 4);
  await play.fail(lineOf(1, 2, 5));
  await play.failExecution('It broke.');
  await ada.post(`/v1/executions/${id}/retry`, {}).expect(202);
  await play.prepare();

  const between = await messagesOf(ada, id);
  await gate.placeAnswer(asked, 3);
  await gate.placeAnswer(asked, 3);

  expect(between).toEqual([
    [1, 'response'],
    [2, 'response'],
  ]);
  expect(await messagesOf(ada, id)).toEqual([...between, [3, 'interjection']]);
});
