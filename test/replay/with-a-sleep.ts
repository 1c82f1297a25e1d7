import { sleep } from '@temporalio/workflow';
import * as workflows from '../../workflows/index.ts';

/** A workflow with a change that no execution under way would survive: a timer before everything else. */
const late =
  (workflow: typeof workflows.debate): typeof workflows.debate =>
  async (request) => {
    await sleep('1 second');
    return workflow(request);
  };

export const { sweep } = workflows;
export const chain = late(workflows.chain);
export const compound = late(workflows.compound);
export const crosscheck = late(workflows.crosscheck);
export const debate = late(workflows.debate);
export const delegation = late(workflows.delegation);
export const ensemble = late(workflows.ensemble);
export const pipeline = late(workflows.pipeline);
export const soloAgent = late(workflows.soloAgent);
