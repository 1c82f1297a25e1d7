import { expect, inject, onTestFinished } from 'vitest';
import { test } from './fixtures.ts';
import { AFTER_EVERY_ROUND, startOwnServer } from './own-server.ts';
import { playPipeline } from './pipeline-plays.ts';
import { endingOf, openStage, type Performance } from './stage.ts';

const fails = { fails: 'model_unavailable' } as const;
const stagesOf = async (play: Performance) => {
  const ending = await endingOf(play);
  if (ending.state !== 'completed' || ending.outcome.kind !== 'pipeline')
    throw new Error(`not a completed pipeline: ${JSON.stringify(ending)}`);
  return ending.outcome.stages;
};

test('stages speak in order, and each hears the one before it and nothing else', async ({
  stage,
}) => {
  const lines = { draft: ['a'], review: ['b'], publish: ['c'] };

  const play = await playPipeline(stage, { lines, config: { checkpointAfter: ['review'] } });

  expect(await stagesOf(play)).toEqual([
    { slot: 'draft', sequence: 1, attempts: 1 },
    { slot: 'review', sequence: 2, attempts: 1 },
    { slot: 'publish', sequence: 3, attempts: 1 },
  ]);
  expect(
    play.rows.asked.map(({ slot, round, hears, ask }) => ({ slot, round, hears, ask })),
  ).toEqual([
    {
      slot: 'draft',
      round: 1,
      hears: { before: 1, sequences: [] },
      ask: { kind: 'stage', stage: 1, stages: 3, checkpoint: false },
    },
    {
      slot: 'review',
      round: 2,
      hears: { before: 2, sequences: [1] },
      ask: { kind: 'stage', stage: 2, stages: 3, checkpoint: true },
    },
    {
      slot: 'publish',
      round: 3,
      hears: { before: 3, sequences: [2] },
      ask: { kind: 'stage', stage: 3, stages: 3, checkpoint: false },
    },
  ]);
});

test('the stages are done in the order of the configuration, whatever the order of the seats', async ({
  stage,
}) => {
  const lines = { last: ['b'], first: ['a'] };

  const play = await playPipeline(stage, { lines, config: { stages: ['first', 'last'] } });

  expect((await stagesOf(play)).map(({ slot }) => slot)).toEqual(['first', 'last']);
});

test('a stage that fails is tried again under a new number, and the next hears the attempt that was good', async ({
  stage,
}) => {
  const lines = { draft: [fails, fails, 'a'], publish: ['b'] };

  const play = await playPipeline(stage, { lines, config: { maxStageRetries: 2 } });

  expect(await stagesOf(play)).toEqual([
    { slot: 'draft', sequence: 3, attempts: 3 },
    { slot: 'publish', sequence: 4, attempts: 1 },
  ]);
  expect(play.rows.asked.at(-1)?.hears).toEqual({ before: 4, sequences: [3] });
});

test.for([
  { config: { maxStageRetries: 0 }, asked: 1, words: 'Stage "draft" gave no answer. The model' },
  {
    config: { maxStageRetries: 2 },
    asked: 3,
    words: 'Stage "draft", tried 3 times, gave no answer',
  },
  { config: { retryFailedStages: false, maxStageRetries: 2 }, asked: 1, words: 'Stage "draft"' },
])(
  'a stage that fails for good fails the pipeline with its code: %o',
  async ({ config, asked, words }, { stage }) => {
    const lines = { draft: [fails, fails, fails, 'never heard'], publish: ['b'] };

    const play = await playPipeline(stage, { lines, config });

    expect(await endingOf(play)).toEqual({
      state: 'failed',
      code: 'model_unavailable',
      message: expect.stringContaining(words),
    });
    expect(play.rows.asked).toHaveLength(asked);
  },
);

test('a stage that finds no room in the budget is not tried again', async ({ stage }) => {
  const lines = { draft: ['a'], publish: [{ fails: 'budget_exhausted' as const }, 'never heard'] };

  const play = await playPipeline(stage, { lines });

  expect(await endingOf(play)).toMatchObject({ state: 'failed', code: 'budget_exhausted' });
  expect(play.rows.asked).toHaveLength(2);
});

test('one stage is a pipeline', async ({ stage }) => {
  const play = await playPipeline(stage, { lines: { only: ['a'] } });

  expect(await stagesOf(play)).toEqual([{ slot: 'only', sequence: 1, attempts: 1 }]);
});

test('fifty stages are one', async ({ stage }) => {
  const names = Array.from({ length: 50 }, (_, i) => `stage_${i + 1}`);
  const lines = Object.fromEntries(names.map((name) => [name, ['done']]));

  const play = await playPipeline(stage, { lines });

  expect((await stagesOf(play)).map(({ sequence }) => sequence)).toEqual(
    names.map((_, i) => i + 1),
  );
});

test('a long pipeline goes on in new runs, with the same numbers', async () => {
  const server = await startOwnServer(AFTER_EVERY_ROUND);
  onTestFinished(() => server.teardown());
  const stage = await openStage(server, {
    workflowBundle: { codePath: inject('workflowBundlePath') },
  });
  onTestFinished(() => stage.close());
  const lines = { one: [fails, 'a'], two: ['b'], three: ['c'], four: ['d'], five: ['e'] };

  const play = await playPipeline(stage, { lines });

  expect((await stagesOf(play)).map(({ sequence }) => sequence)).toEqual([2, 3, 4, 5, 6]);
  expect(play.rows.asked.map(({ hears }) => hears.sequences)).toEqual([[], [], [2], [3], [4], [5]]);
  expect((await play.handle.describe()).runId).not.toBe(play.handle.firstExecutionRunId);
}, 40_000);
