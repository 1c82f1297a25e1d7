import type { ChildOpened, ChildRequest } from '../workflows/contract/children.ts';
import type { OrchestrationDeps } from './ports/deps.ts';

/** Finds a child execution, or makes its rows from its parent's definition, input and the outputs before it. Once. */
export const makeOpenChild =
  ({ children, live }: Pick<OrchestrationDeps, 'children' | 'live'>) =>
  async (request: ChildRequest): Promise<ChildOpened> => {
    const child = await children.open(request);
    live.nudge();
    return child;
  };
