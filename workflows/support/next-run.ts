import type { ExecutionRequest, Resume } from '../contract/executions.ts';

/**
 * The request of the run that goes on from here. What there is to know it asks for anew: a person may have spoken or
 * paused the execution meanwhile, and no signal tells the next run of it.
 */
export const nextRun = (
  { prepared: _told, ...request }: ExecutionRequest,
  resume: Resume,
): ExecutionRequest => ({ ...request, resume });
