import { expect, inject } from 'vitest';
import { test } from '../support/fixtures.ts';
import { openStage } from '../workflows/stage.ts';
import { SCENES } from './scenes.ts';

test(
  'on a worker that forgets each workflow after each task, all scenes end as they should',
  { timeout: 60_000 },
  async ({ temporal }) => {
    const workflowBundle = { codePath: inject('workflowBundlePath') };
    const stage = await openStage(temporal, { workflowBundle, maxCachedWorkflows: 0 });
    try {
      const plays = await Promise.all(Object.values(SCENES).map((perform) => perform(stage)));
      await Promise.allSettled(plays.map(({ handle }) => handle.result())); // some fail on purpose

      const names = Object.keys(SCENES);
      for (const [i, { handle, rows }] of plays.entries()) {
        const { events } = await handle.fetchHistory();
        expect(rows.endings, names[i]).toHaveLength(1);
        expect(events?.some((event) => event.workflowTaskCompletedEventAttributes)).toBe(true);
        expect(events?.filter((event) => event.workflowTaskFailedEventAttributes)).toEqual([]);
      }
    } finally {
      await stage.close();
    }
  },
);
