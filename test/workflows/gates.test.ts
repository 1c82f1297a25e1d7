import { expect } from 'vitest';
import { respondSignal } from '../../workflows/contract/messages.ts';
import type { Decision } from '../../workflows/domain/enums.ts';
import { test } from './fixtures.ts';
import { type Performance, endingOf, outcomeOf } from './stage.ts';

const lines = { debater_1: [0, 1], debater_2: [1, 1] };
const ANSWERED = { state: 'decided', decision: 'approve' } as const;

const opened = ({ rows }: Performance) => rows.opened.map(({ gate }) => gate);

const signalled = ({ handle }: Performance, gate: number, decision?: Decision) =>
  handle.signal(respondSignal, {
    interactionId: `interaction-${gate}`,
    ...(decision && { decision }),
  });

/** Decides as the API does: the row first, then a signal, which says where to look, and how it was decided. */
async function decide(
  play: Performance,
  gate: number,
  standing: Parameters<Performance['rows']['standings']['set']>[1] = ANSWERED,
): Promise<void> {
  play.rows.standings.set(gate, standing);
  await signalled(play, gate, 'decision' in standing ? standing.decision : undefined);
}

test('nobody speaks before people have let it start; each gate waits for its own answer', async ({
  stage,
}) => {
  const play = await stage.debate({ lines, gates: ['completion', 'start', 'round:2'] });

  await expect.poll(() => opened(play)).toEqual([1]);
  expect(play.rows.asked).toEqual([]);
  await decide(play, 1);
  await expect.poll(() => opened(play)).toEqual([1, 2]);
  expect(play.rows.asked.map(({ round }) => round)).toEqual([1, 1]);
  await decide(play, 2);
  await expect.poll(() => opened(play)).toEqual([1, 2, 0]);
  expect(play.rows.endings).toEqual([]);
  await expect
    .poll(async () => (await play.handle.describe()).searchAttributes['ConclaveState'])
    .toEqual(['paused']);
  await decide(play, 0);

  expect(await outcomeOf(play)).toMatchObject({ rounds: 2, position: 1 });
  expect(play.rows.opened[2]).toMatchObject({ ending: { outcome: { rounds: 2 }, decided: [] } });
});

test('a signal that tells of nothing lets nobody pass', async ({ stage }) => {
  const play = await stage.debate({ lines, gates: ['start'] });
  await expect.poll(() => opened(play)).toEqual([0]);

  await signalled(play, 0);
  await signalled(play, 7, 'approve');

  await expect.poll(() => play.rows.looks).toBe(1);
  expect(play.rows.asked).toEqual([]);
  await decide(play, 0);
  await outcomeOf(play);
  expect(play.rows.looks).toBe(2);
});

test('a turn begins as soon as an approval is signalled; nothing comes of it before the row says so', async ({
  stage,
}) => {
  const play = await stage.debate({ lines: { debater_1: [0], debater_2: [0] }, gates: ['start'] });
  await expect.poll(() => opened(play)).toEqual([0]);
  play.rows.databaseIsAway = 4;

  await decide(play, 0);
  await expect.poll(() => play.rows.asked.length).toBe(2);

  expect([play.rows.looks, play.rows.endings]).toEqual([0, []]);
  expect(await outcomeOf(play)).toMatchObject({ rounds: 1 });
  expect(play.rows.looks).toBe(1);
});

test('a signal of an approval that the row knows nothing of waits on for people', async ({
  stage,
}) => {
  const play = await stage.debate({ lines: { debater_1: [0], debater_2: [0] }, gates: ['start'] });
  await expect.poll(() => opened(play)).toEqual([0]);

  await signalled(play, 0, 'approve');
  await expect.poll(() => play.rows.looks).toBe(1);
  await expect.poll(() => play.rows.asked.length).toBe(2);

  expect(play.rows.endings).toEqual([]);
  await decide(play, 0, { state: 'decided', decision: 'reject' });
  expect(await endingOf(play)).toMatchObject({ state: 'failed', code: 'rejected' });
});

test('an answer that was there before the question was put is found without a signal', async ({
  stage,
}) => {
  const play = await stage.debate({ lines: { debater_1: [0], debater_2: [0] }, gates: ['start'] });
  play.rows.standings.set(0, ANSWERED);

  expect(await outcomeOf(play)).toMatchObject({ rounds: 1 });
});

test('at its time the gate looks again, and at the end does what the row says', async ({
  stage,
}) => {
  const play = await stage.debate({ lines, gates: ['start'] });
  play.rows.standings.set(0, { state: 'waiting', dueMs: 300 });

  await expect.poll(() => play.rows.looks, { timeout: 10_000 }).toBeGreaterThanOrEqual(2);
  expect(play.rows.asked).toEqual([]);
  play.rows.standings.set(0, { state: 'expired', action: 'approve' });

  expect(await outcomeOf(play)).toMatchObject({ rounds: 2 });
});

test.for([
  [{ state: 'decided', decision: 'reject' }, 'rejected'],
  [{ state: 'expired', action: 'reject' }, 'rejected'],
  [{ state: 'expired', action: 'fail' }, 'gate_expired'],
  [{ state: 'cancelled' }, 'cancelled'],
] as const)('%o fails the execution: %s', async ([standing, code], { stage }) => {
  const play = await stage.debate({ lines, gates: ['round:1'] });
  await expect.poll(() => opened(play)).toEqual([0]);

  await decide(play, 0, standing);

  const ending = await endingOf(play);
  expect(ending).toMatchObject({ state: 'failed', code });
  expect(ending).not.toHaveProperty('outcome');
  expect(play.rows.asked).toEqual([]);
});

test('rejected before the completion, what came of the story is kept', async ({ stage }) => {
  const play = await stage.debate({ lines, gates: ['completion'] });
  await expect.poll(() => opened(play)).toEqual([0]);

  await decide(play, 0, { state: 'decided', decision: 'reject' });

  expect(await endingOf(play)).toMatchObject({
    state: 'failed',
    code: 'rejected',
    outcome: { kind: 'debate', position: 1 },
  });
});

test('what a person says has its place in the transcript, and the next turns hear it', async ({
  stage,
}) => {
  const play = await stage.debate({ lines, gates: ['round:2'] });
  await expect.poll(() => opened(play)).toEqual([0]);

  await decide(play, 0, { state: 'decided', decision: 'answer' });

  await outcomeOf(play);
  expect(play.rows.placed).toEqual([{ sequence: 3, round: 1 }]);
  expect(play.rows.asked.map(({ sequence }) => sequence)).toEqual([1, 2, 4, 5]);
  expect(play.rows.asked[2]!.hears.before).toBe(4);
});

test('what was decided before the completion is named in the ending, and to the gates behind', async ({
  stage,
}) => {
  const play = await stage.debate({ lines, gates: ['completion', 'completion', 'completion'] });
  play.rows.standings.set(0, { state: 'decided', decision: 'edit' });
  play.rows.standings.set(1, ANSWERED);
  play.rows.standings.set(2, { state: 'decided', decision: 'choose' });

  expect(await endingOf(play)).toMatchObject({
    state: 'completed',
    decided: ['interaction-0', 'interaction-2'],
  });
  expect(play.rows.opened.map(({ ending }) => ending?.decided)).toEqual([
    [],
    ['interaction-0'],
    ['interaction-0'],
  ]);
});

test('a cancelled execution does not wait for people any more', async ({ stage }) => {
  const play = await stage.debate({ lines, gates: ['start'] });
  await expect.poll(() => opened(play)).toEqual([0]);

  await play.handle.cancel();

  expect(await endingOf(play)).toEqual({ state: 'cancelled' });
});

test('an execution whose deadline passes while it waits has failed', async ({ stage }) => {
  const deadline = new Date(Date.now() + 1_000).toISOString();

  const play = await stage.debate({ lines, gates: ['start'], request: { deadline } });

  expect(await endingOf(play)).toMatchObject({ state: 'failed', code: 'deadline_exceeded' });
});

test('a gate outlives its workers and an absent database', async ({ stage }) => {
  const play = await stage.debate({ lines, gates: ['round:2'] });
  await expect.poll(() => opened(play)).toEqual([0]);

  await stage.replaceWorkers();
  play.rows.databaseIsAway = 2;
  await decide(play, 0);

  expect(await outcomeOf(play)).toMatchObject({ rounds: 2 });
  expect(play.rows.asked).toHaveLength(4);
});
