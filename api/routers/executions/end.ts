import type { EntityManager } from '@mikro-orm/postgresql';
import { Budget } from '../../../infra/db/entities/budget.ts';
import { Execution } from '../../../infra/db/entities/execution.ts';
import { startAccepted } from '../../../infra/executions/accept-execution.ts';
import { cancelExecution } from '../../../infra/executions/cancel-execution.ts';
import { retryExecution } from '../../../infra/executions/retry-execution.ts';
import { StateConflict } from '../../../workflows/contract/errors.ts';
import { isClosed } from '../../../workflows/domain/transitions.ts';
import type { ApiDeps } from '../../deps.ts';
import { accepted, noContent } from '../../http/answers.ts';
import { type Route, route } from '../../http/route.ts';
import { ChangedExecution } from './execution-view.ts';
import { loadExecution, ofExecution } from './load.ts';

/** Ending an execution, going on with one that failed, and removing one that has ended. */
export const endRoutes = ({ orm, temporal, log, nudge }: ApiDeps): Route[] => [
  route({
    ...ofExecution,
    method: 'post',
    path: '/v1/executions/:id/cancel',
    access: { scope: 'run' },
    summary: 'Cancel an execution; its calls in flight are broken off',
    answers: { 202: ChangedExecution },
    handle: async ({ em, principal, params: { id }, afterCommit }) => {
      const { state } = await cancelExecution(em, temporal, { id, userId: principal.userId });
      afterCommit(async () => nudge());
      return accepted({ id, state });
    },
  }),
  route({
    ...ofExecution,
    method: 'post',
    path: '/v1/executions/:id/retry',
    access: { scope: 'run' },
    summary: 'Go on with a failed execution; the turns that were good are not asked for again',
    answers: { 202: ChangedExecution },
    handle: async ({ em, principal, params: { id }, afterCommit }) => {
      const execution = await retryExecution(em, { id, userId: principal.userId });
      afterCommit(async () => {
        nudge();
        await startAccepted(orm.em.fork(), temporal, execution, log);
      });
      return accepted({ id, state: execution.state });
    },
  }),
  route({
    ...ofExecution,
    method: 'delete',
    path: '/v1/executions/:id',
    access: { scope: 'run' },
    summary: 'Remove a closed execution with all that was said in it',
    answers: { 204: null },
    handle: async ({ em, params: { id } }) => {
      const { state, parentExecutionId, rootExecutionId } = await loadExecution(em, id);
      if (parentExecutionId != null)
        throw new StateConflict(
          `The execution is part of ${rootExecutionId}; remove that one, and this one goes with it.`,
        );
      if (!isClosed(state))
        throw new StateConflict(
          `The execution is ${state}; cancel it, or wait until it has ended.`,
        );
      await refuseOpenChildren(em, id);
      // Its budget is closed and stays: what was spent was spent.
      await em.nativeDelete(Execution, { id });
      await em.nativeDelete(Budget, { scope: 'execution', scopeId: id });
      return noContent();
    },
  }),
];

/** Children are told to end when their parent ends, and need a moment for it. */
async function refuseOpenChildren(em: EntityManager, rootExecutionId: string): Promise<void> {
  const open = await em.count(Execution, { rootExecutionId, completedAt: null });
  if (open > 0)
    throw new StateConflict(
      `${open} of its child executions ${open === 1 ? 'is' : 'are'} still ending; try again in a moment.`,
    );
}
