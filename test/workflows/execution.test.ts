import type { WorkflowHandle } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { describe, expect } from 'vitest';
import { TaskQueue } from '../../workflows/contract/names.ts';
import { progressQuery } from '../../workflows/contract/messages.ts';
import type { sweep } from '../../workflows/index.ts';
import { test } from './fixtures.ts';
import { endingOf, outcomeOf } from './stage.ts';

const held = { option: 0, held: true } as const;
const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();

describe('one agent', () => {
  test('answers, and the ending names its message', async ({ stage }) => {
    const play = await stage.solo({ option: null });

    expect(await endingOf(play)).toEqual({
      state: 'completed',
      outcome: { kind: 'answer', sequence: 1 },
    });
    expect(play.rows.asked).toMatchObject([
      { slot: 'agent', round: 0, ask: { kind: 'answer' }, hears: { before: 1 } },
    ]);
  });

  test('that fails for good fails the execution with its code and what to do', async ({
    stage,
  }) => {
    const play = await stage.solo({ fails: 'model_refused' });

    await expect(play.handle.result()).rejects.toMatchObject({ cause: { type: 'model_refused' } });
    expect(await endingOf(play)).toEqual({
      state: 'failed',
      code: 'model_refused',
      message: expect.stringContaining('change the prompt, or name another model'),
    });
  });
});

describe('an execution that is told at its start what there is to know', () => {
  test('lets its first turn begin before its rows are prepared, and ends when they are', async ({
    stage,
  }) => {
    const lines = { debater_1: [0], debater_2: [0] };
    const play = await stage.debate({ lines, isTold: true, databaseIsAway: Infinity });

    await expect
      .poll(() => play.handle.query(progressQuery))
      .toMatchObject({ spoken: 2, speaking: [] });
    expect(play.rows.endings).toEqual([]);
    play.rows.databaseIsAway = 0;

    expect(await endingOf(play)).toMatchObject({ state: 'completed' });
  });

  test('fails as any other', async ({ stage }) => {
    const play = await stage.solo({ fails: 'model_refused' }, { isTold: true });

    expect(await endingOf(play)).toMatchObject({ state: 'failed', code: 'model_refused' });
  });

  test('is cancelled as any other, also before its rows are prepared', async ({ stage }) => {
    const lines = { debater_1: [held], debater_2: [held] };
    const play = await stage.debate({ lines, isTold: true, databaseIsAway: Infinity });
    await expect.poll(() => play.rows.asked.length).toBe(2);

    await play.handle.cancel();
    await expect.poll(() => play.rows.cancelled.length).toBe(2);
    play.rows.databaseIsAway = 0;

    expect(await endingOf(play)).toEqual({ state: 'cancelled' });
  });
});

describe('an ending that was not planned', () => {
  test('cancelling cancels the turns in flight, writes the ending and ends as cancelled', async ({
    stage,
  }) => {
    const play = await stage.debate({ lines: { debater_1: [held], debater_2: [held] } });
    await expect.poll(() => play.rows.asked.length).toBe(2);

    await play.handle.cancel();

    const end = await play.handle.result().catch((error: unknown) => error);
    expect(end).toMatchObject({ cause: expect.any(CancelledFailure) });
    expect(play.rows.endings).toEqual([{ state: 'cancelled' }]);
    expect(play.rows.cancelled.toSorted((a, b) => a - b)).toEqual([1, 2]);
    expect(play.rows.recordedFailures).toEqual([]);
  });

  test('at the deadline turns in flight are cancelled and the execution fails', async ({
    stage,
  }) => {
    const lines = { debater_1: [0], debater_2: [held] };

    const play = await stage.debate({ lines, request: { deadline: inMs(1_500) } });

    expect(await endingOf(play)).toMatchObject({ state: 'failed', code: 'deadline_exceeded' });
    expect(play.rows.cancelled).toEqual([2]);
  });

  test('a deadline that has passed before the start lets nobody speak', async ({ stage }) => {
    const play = await stage.debate({
      lines: { debater_1: [0], debater_2: [0] },
      request: { deadline: inMs(-1) },
    });

    expect(await endingOf(play)).toMatchObject({ state: 'failed', code: 'deadline_exceeded' });
    expect(play.rows.asked).toEqual([]);
  });

  test('a deadline in time changes nothing', async ({ stage }) => {
    const play = await stage.debate({
      lines: { debater_1: [0], debater_2: [0] },
      request: { deadline: inMs(60_000) },
    });

    expect(await outcomeOf(play)).toMatchObject({ position: 0 });
  });
});

describe('what crashes', () => {
  test('a database that is away holds an execution up, and no more', async ({ stage }) => {
    const play = await stage.solo({ option: null, held: true });
    await expect.poll(() => play.rows.asked.length).toBe(1);
    play.rows.databaseIsAway = 3;

    play.rows.release('agent');

    expect(await endingOf(play)).toMatchObject({ state: 'completed' });
    expect(play.rows.databaseIsAway).toBeLessThan(0);
  });

  test('a worker that is stopped leaves its turn to the next one', async ({ stage }) => {
    const play = await stage.solo({ option: null, held: true });
    await expect.poll(() => play.rows.asked.length).toBe(1);

    await stage.replaceWorkers();
    play.rows.release('agent');

    expect(await endingOf(play)).toMatchObject({ state: 'completed' });
    expect(play.rows.recordedFailures).toEqual([]);
  });

  test('workers that die mid-round change neither the numbers nor what is asked', async ({
    stage,
  }) => {
    const dying = { option: 1, dies: true } as const;
    const lines = { debater_1: [0, 1], debater_2: [dying, 1], debater_3: [2, 1] };
    const play = await stage.debate({ lines });
    await expect.poll(() => play.rows.asked.length).toBe(3);

    await stage.replaceWorkers();

    expect(await outcomeOf(play)).toMatchObject({ rounds: 2, position: 1, agreement: 1 });
    const spoken = play.rows.asked.map(({ sequence, slot, round }) => ({ sequence, slot, round }));
    expect(spoken).toEqual(
      [1, 2].flatMap((round) =>
        [1, 2, 3].map((n) => ({ sequence: 3 * (round - 1) + n, slot: `debater_${n}`, round })),
      ),
    );
  });
});

describe('what Temporal shows', () => {
  test('progress, details and search attributes tell how far it is', async ({ stage }) => {
    const lines = {
      debater_1: [0],
      debater_2: [held],
      debater_3: [{ fails: 'internal' as const }],
    };
    const play = await stage.debate({ lines, request: { title: 'Which database?' } });
    const { handle, rows } = play;

    await expect
      .poll(() => handle.query(progressQuery))
      .toEqual({ round: 1, maxRounds: 3, speaking: ['debater_2'], spoken: 1, failed: 1 });
    const metadata = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    expect(metadata.currentDetails).toBe('Which database? (debate): round 1 of 3');
    expect(await stateOf(handle)).toEqual(['running']);

    rows.release('debater_2');
    await handle.result();
    expect(await stateOf(handle)).toEqual(['completed']);
  });

  test('the sweep runs once and says what it did', async ({ temporal }) => {
    const result = await temporal.client.workflow.execute<typeof sweep>('sweep', {
      workflowId: 'sweep',
      taskQueue: TaskQueue.orchestration,
    });

    expect(result).toEqual({ started: 1, closed: 2, told: 4, released: 3, woken: 5 });
  });
});

async function stateOf(handle: WorkflowHandle): Promise<unknown> {
  const { searchAttributes } = await handle.describe();
  return searchAttributes['ConclaveState'];
}
