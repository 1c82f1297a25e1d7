import type { ItemRoute, RouteRequest } from '../workflows/contract/turns.ts';
import type { OrchestrationDeps } from './ports/deps.ts';

/** Says which specialists get the items of a delegation; what the items ask for is read from the rows. */
export const makeRouteItems =
  ({ executions }: Pick<OrchestrationDeps, 'executions'>) =>
  (request: RouteRequest): Promise<readonly ItemRoute[]> =>
    executions.routeItems(request);
