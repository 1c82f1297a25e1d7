import { sleep } from '@temporalio/workflow';
import * as workflows from '../../workflows/index.ts';

export const { sweep } = workflows;

/** The workflows with a change that no execution under way would survive: a timer before everything else. */
export const debate: typeof workflows.debate = async (request) => {
  await sleep('1 second');
  return workflows.debate(request);
};
export const soloAgent: typeof workflows.soloAgent = async (request) => {
  await sleep('1 second');
  return workflows.soloAgent(request);
};
export const chain: typeof workflows.chain = async (request) => {
  await sleep('1 second');
  return workflows.chain(request);
};
export const delegation: typeof workflows.delegation = async (request) => {
  await sleep('1 second');
  return workflows.delegation(request);
};
