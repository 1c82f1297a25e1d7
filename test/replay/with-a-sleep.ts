import { sleep } from '@temporalio/workflow';
import * as workflows from '../../workflows/index.ts';

/** A workflow with a change that nothing under way would survive: a timer before everything else. */
const late =
  <Args extends unknown[], Result>(workflow: (...args: Args) => Promise<Result>) =>
  async (...args: Args): Promise<Result> => {
    await sleep('1 second');
    return workflow(...args);
  };

export const chain = late(workflows.chain);
export const compound = late(workflows.compound);
export const crosscheck = late(workflows.crosscheck);
export const debate = late(workflows.debate);
export const delegation = late(workflows.delegation);
export const ensemble = late(workflows.ensemble);
export const pipeline = late(workflows.pipeline);
export const soloAgent = late(workflows.soloAgent);
export const startScheduled = late(workflows.startScheduled);
export const sweep = late(workflows.sweep);
