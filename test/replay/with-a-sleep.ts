import { sleep } from '@temporalio/workflow';
import * as workflows from '../../workflows/index.ts';

type Execution = typeof workflows.debate;

/** The workflows with a change that no execution under way would survive: a timer before everything else. */
const delayed =
  (workflow: Execution): Execution =>
  async (request) => {
    await sleep('1 second');
    return workflow(request);
  };

export const { sweep } = workflows;
export const chain = delayed(workflows.chain);
export const compound = delayed(workflows.compound);
export const crosscheck = delayed(workflows.crosscheck);
export const debate = delayed(workflows.debate);
export const delegation = delayed(workflows.delegation);
export const ensemble = delayed(workflows.ensemble);
export const pipeline = delayed(workflows.pipeline);
export const soloAgent = delayed(workflows.soloAgent);
