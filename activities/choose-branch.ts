import type { ChildRequest } from '../workflows/contract/children.ts';
import type { OrchestrationDeps } from './ports/deps.ts';

/** The first child of a conditional compound whose condition holds, else its default; null: there is none. */
export const makeChooseBranch =
  ({ children }: Pick<OrchestrationDeps, 'children'>) =>
  (request: Omit<ChildRequest, 'name'>): Promise<string | null> =>
    children.chooseBranch(request);
