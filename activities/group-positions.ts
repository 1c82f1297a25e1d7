import type { GroupRequest } from '../workflows/contract/turns.ts';
import type { OrchestrationDeps } from './ports/deps.ts';

/** Puts equal free-text positions together and labels their messages; returns the number of each one's group. */
export const makeGroupPositions =
  ({ executions }: Pick<OrchestrationDeps, 'executions'>) =>
  (request: GroupRequest): Promise<readonly number[]> =>
    executions.groupPositions(request);
