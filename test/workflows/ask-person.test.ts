import { expect } from 'vitest';
import { respondSignal } from '../../workflows/contract/messages.ts';
import { test } from './fixtures.ts';
import { type Performance, endingOf, outcomeOf } from './stage.ts';

type Standing = Parameters<Performance['rows']['answers']['set']>[1];

const ANSWERED: Standing = { state: 'decided', decision: 'answer' };

/** Answers as the API does: the row first, then a signal, which says only where to look. */
async function answer(
  { rows, handle }: Performance,
  callId: string,
  standing: Standing = ANSWERED,
): Promise<void> {
  await expect.poll(() => rows.questions).toContain(callId);
  rows.answers.set(callId, standing);
  await handle.signal(respondSignal, { interactionId: callId });
}

const stateOf = async ({ handle }: Performance) =>
  (await handle.describe()).searchAttributes['ConclaveState'];

test('a seat asks, all wait for its answer, and its turn goes on at its place', async ({
  stage,
}) => {
  const play = await stage.debate({
    lines: { debater_1: [{ option: 1, asks: 1 }], debater_2: [1] },
  });
  await expect.poll(() => play.rows.questions, { timeout: 30_000 }).toEqual(['1/0']);
  await expect.poll(() => stateOf(play)).toEqual(['paused']);
  expect(play.rows.endings).toEqual([]);

  await answer(play, '1/0');

  expect(await outcomeOf(play)).toMatchObject({ position: 1, rounds: 1 });
  expect(play.rows.asked.map(({ slot, sequence }) => `${slot}/${sequence}`)).toEqual([
    'debater_1/1',
    'debater_2/2',
  ]);
  expect(play.rows.withdrawn).toEqual([]);
});

test('a turn may ask twice, and two seats at a time; it stands still until all are answered', async ({
  stage,
}) => {
  const play = await stage.debate({
    lines: { debater_1: [{ option: 0, asks: 2 }], debater_2: [{ option: 0, asks: 1 }] },
  });
  await answer(play, '1/0', { state: 'decided', decision: 'reject' });
  await answer(play, '1/1', { state: 'expired', action: 'reject' });
  await expect.poll(() => play.rows.questions.toSorted()).toEqual(['1/0', '1/1', '2/0']);
  expect(await stateOf(play)).toEqual(['paused']);

  await answer(play, '2/0');

  expect(await outcomeOf(play)).toMatchObject({ position: 0, rounds: 1 });
});

test('an answer that is there already is not waited for', async ({ stage }) => {
  const play = await stage.debate({
    lines: { debater_1: [{ option: 0, asks: 1 }], debater_2: [0] },
    isTold: true,
  });
  play.rows.answers.set('1/0', ANSWERED);

  if (play.rows.questions.length > 0)
    await play.handle.signal(respondSignal, { interactionId: '1/0' });

  expect(await outcomeOf(play)).toMatchObject({ position: 0 });
});

test('a wait outlives the worker', async ({ stage }) => {
  const play = await stage.debate({
    lines: { debater_1: [{ option: 0, asks: 1 }], debater_2: [0] },
  });
  await expect.poll(() => play.rows.questions).toEqual(['1/0']);

  await stage.replaceWorkers();
  await answer(play, '1/0');

  expect(await outcomeOf(play)).toMatchObject({ position: 0 });
  expect(play.rows.questions).toEqual(['1/0']);
});

test('where two others agree first, the question is withdrawn, and nothing stands still', async ({
  stage,
}) => {
  const play = await stage.debate({
    lines: {
      debater_1: [{ option: 0, asks: 1 }],
      debater_2: [1],
      debater_3: [{ option: 1, held: true }],
    },
    config: { consensusMethod: 'first_agree' },
  });
  await expect.poll(() => play.rows.questions).toEqual(['1/0']);
  play.rows.release('debater_3');

  expect(await outcomeOf(play)).toMatchObject({ position: 1 });
  expect(play.rows.withdrawn).toEqual(['1/0']);
  expect(await stateOf(play)).toEqual(['completed']);
});

test('a question that was withdrawn ends the wait', async ({ stage }) => {
  const play = await stage.debate({
    lines: { debater_1: [{ option: 0, asks: 1 }], debater_2: [0] },
  });

  await answer(play, '1/0', { state: 'cancelled' });

  expect(await endingOf(play)).toMatchObject({ state: 'failed', code: 'cancelled' });
});

test('a cancelled execution withdraws what it asks', async ({ stage }) => {
  const play = await stage.debate({
    lines: { debater_1: [{ option: 0, asks: 1 }], debater_2: [0] },
  });
  await expect.poll(() => play.rows.questions).toEqual(['1/0']);

  await play.handle.cancel();

  expect(await endingOf(play)).toEqual({ state: 'cancelled' });
  expect(play.rows.withdrawn).toEqual(['1/0']);
});
