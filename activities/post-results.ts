import type { ResultsRequest } from '../workflows/contract/children.ts';
import type { OrchestrationDeps } from './ports/deps.ts';

/** Writes what children came to into their parent's transcript, so that a turn can hear it. Once. */
export const makePostResults =
  ({ children }: Pick<OrchestrationDeps, 'children'>) =>
  (request: ResultsRequest): Promise<void> =>
    children.postResults(request);
