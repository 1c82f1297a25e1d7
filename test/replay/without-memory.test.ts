import { expect, inject, onTestFinished } from 'vitest';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { test } from '../support/fixtures.ts';
import { AFTER_EVERY_ROUND, startOwnServer } from '../workflows/own-server.ts';
import { openStage, type Performance, type Stage } from '../workflows/stage.ts';
import { DISTURBED_SCENES } from './disturbed-scenes.ts';
import { CHORES, LONG_SCENES, SCENES } from './scenes.ts';

test(
  'on a worker that forgets each workflow after each task, all scenes end as they should',
  { timeout: 120_000 },
  async ({ temporal }) => {
    const stage = await forgetfulStage(temporal);

    const plays = await performAll(stage, SCENES);
    for (const perform of Object.values(CHORES)) await (await perform(stage)).result();

    const ends = Object.keys(SCENES).map((name, i) => [name, plays[i]!.rows.endings[0]?.state]);
    const disturbed = Object.keys(DISTURBED_SCENES).map((name) => [name, endOf(name)]);
    expect(ends).toEqual(expect.arrayContaining(disturbed));
  },
);

test('so do those that go on in new runs', { timeout: 60_000 }, async () => {
  const server = await startOwnServer(AFTER_EVERY_ROUND);
  onTestFinished(() => server.teardown());
  const stage = await forgetfulStage(server);

  const plays = await performAll(stage, LONG_SCENES);

  for (const { handle } of plays)
    expect((await handle.describe()).runId).not.toBe(handle.firstExecutionRunId);
});

async function forgetfulStage(server: TestWorkflowEnvironment): Promise<Stage> {
  const workflowBundle = { codePath: inject('workflowBundlePath') };
  const stage = await openStage(server, { workflowBundle, maxCachedWorkflows: 0 });
  onTestFinished(() => stage.close());
  return stage;
}

/** Performs scenes beside each other; each has written one ending, and no task of it has failed. */
async function performAll(stage: Stage, scenes: typeof SCENES): Promise<Performance[]> {
  const plays = await Promise.all(Object.values(scenes).map((perform) => perform(stage)));
  await Promise.allSettled(plays.map(({ handle }) => handle.result())); // some fail on purpose
  const names = Object.keys(scenes);
  for (const [i, { handle, rows }] of plays.entries()) {
    const { events } = await handle.fetchHistory();
    expect(rows.endings, names[i]).toHaveLength(1);
    expect(events?.some((event) => event.workflowTaskCompletedEventAttributes)).toBe(true);
    expect(events?.filter((event) => event.workflowTaskFailedEventAttributes)).toEqual([]);
  }
  return plays;
}

/** How a disturbed scene ends: people let go on what they do not cancel. */
const endOf = (name: string) => (name.endsWith('-cancelled') ? 'cancelled' : 'completed');
