import { pauseExecution } from '../../../infra/executions/pause-execution.ts';
import type { ApiDeps } from '../../deps.ts';
import { accepted } from '../../http/answers.ts';
import { type Route, route } from '../../http/route.ts';
import { ChangedExecution } from './execution-view.ts';
import { ofExecution } from './load.ts';

/** Holding an execution, and letting it go on. */
export const pauseRoutes = (deps: ApiDeps): Route[] => [
  pauseRoute(deps, 'pause', 'Pause an execution; turns under way end, and no other begins'),
  pauseRoute(deps, 'resume', 'Let a paused execution go on; open interactions still wait'),
];

const pauseRoute = ({ temporal }: ApiDeps, verb: 'pause' | 'resume', summary: string): Route =>
  route({
    ...ofExecution,
    method: 'post',
    path: `/v1/executions/:id/${verb}`,
    access: { scope: 'run' },
    summary,
    transaction: false,
    answers: { 202: ChangedExecution },
    handle: async ({ em, principal, params: { id } }) => {
      const wish = { id, userId: principal.userId, isPaused: verb === 'pause' };
      const { state } = await pauseExecution(em, temporal, wish);
      return accepted({ id, state });
    },
  });
