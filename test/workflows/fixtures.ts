import { inject } from 'vitest';
import { test as base } from '../support/fixtures.ts';
import { type Stage, openStage } from './stage.ts';

/** `test` with a stage that belongs to the file. */
export const test = base.extend(
  'stage',
  { scope: 'file' },
  async ({ temporal }, { onCleanup }): Promise<Stage> => {
    const codePath = inject('workflowBundlePath');
    const stage = await openStage(temporal, { workflowBundle: { codePath } });
    onCleanup(() => stage.close());
    return stage;
  },
);
