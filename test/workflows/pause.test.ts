import { expect } from 'vitest';
import { pauseSignal, respondSignal, resumeSignal } from '../../workflows/contract/messages.ts';
import { test } from './fixtures.ts';
import { endingOf, outcomeOf } from './stage.ts';

const by = { userId: 'u1' };
const held = { option: 0, held: true } as const;

test('turns in flight end, and the next ones wait until a person lets them', async ({ stage }) => {
  const play = await stage.debate({ lines: { debater_1: [held, 1], debater_2: [1, 1] } });
  await expect.poll(() => play.rows.asked.length).toBe(2);

  await play.handle.signal(pauseSignal, by);
  await expect.poll(() => play.rows.pauses).toEqual([{ userId: 'u1', isPaused: true }]);
  play.rows.release('debater_1');
  await expect
    .poll(async () => (await play.handle.describe()).searchAttributes['ConclaveState'])
    .toEqual(['paused']);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(play.rows.asked).toHaveLength(2);
  expect(play.rows.cancelled).toEqual([]);
  await play.handle.signal(resumeSignal, { userId: 'u2' });

  expect(await outcomeOf(play)).toMatchObject({ rounds: 2, position: 1 });
  expect(play.rows.pauses[1]).toEqual({ userId: 'u2', isPaused: false });
});

test('pause and resume in quick succession are written in their order, and nothing is left to wait', async ({
  stage,
}) => {
  const play = await stage.debate({ lines: { debater_1: [held], debater_2: [0] } });
  await expect.poll(() => play.rows.asked.length).toBe(2);

  for (const signal of [pauseSignal, resumeSignal, pauseSignal, resumeSignal])
    await play.handle.signal(signal, by);
  play.rows.release('debater_1');

  await outcomeOf(play);
  expect(play.rows.pauses.map(({ isPaused }) => isPaused)).toEqual([true, false, true, false]);
});

test('an answer at a gate does not end a person’s pause', async ({ stage }) => {
  const lines = { debater_1: [0], debater_2: [0] };
  const play = await stage.debate({ lines, gates: ['start'] });
  await expect.poll(() => play.rows.opened.length).toBe(1);

  await play.handle.signal(pauseSignal, by);
  play.rows.standings.set(0, { state: 'decided', decision: 'approve' });
  await play.handle.signal(respondSignal, { interactionId: 'interaction-0' });
  await expect.poll(() => play.rows.looks).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(play.rows.asked).toEqual([]);
  await play.handle.signal(resumeSignal, by);

  await outcomeOf(play);
});

test('what a person paused before this run began stays paused', async ({ stage }) => {
  const play = await stage.debate({
    lines: { debater_1: [0], debater_2: [0] },
    isPaused: true,
    gates: ['start'],
  });
  await expect
    .poll(async () => (await play.handle.describe()).searchAttributes['ConclaveState'])
    .toEqual(['paused']);
  expect(play.rows.opened).toEqual([]);
  play.rows.standings.set(0, { state: 'decided', decision: 'approve' });

  await play.handle.signal(resumeSignal, by);

  await outcomeOf(play);
});

test('the last turn of a paused execution is its last until it may go on', async ({ stage }) => {
  const play = await stage.debate({ lines: { debater_1: [held], debater_2: [0] } });
  await expect.poll(() => play.rows.asked.length).toBe(2);
  await play.handle.signal(pauseSignal, by);
  await expect.poll(() => play.rows.pauses.length).toBe(1);

  play.rows.release('debater_1');
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(play.rows.endings).toEqual([]);
  await play.handle.signal(resumeSignal, by);

  await outcomeOf(play);
});

test('a paused execution can be cancelled', async ({ stage }) => {
  const play = await stage.debate({ lines: { debater_1: [held], debater_2: [held] } });
  await expect.poll(() => play.rows.asked.length).toBe(2);
  await play.handle.signal(pauseSignal, by);

  await play.handle.cancel();

  expect(await endingOf(play)).toEqual({ state: 'cancelled' });
  expect(play.rows.pauses).toEqual([{ userId: 'u1', isPaused: true }]);
});
