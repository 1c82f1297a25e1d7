import type { ApiDeps } from '../deps.ts';
import type { Route } from '../http/route.ts';
import { callRoutes } from './executions/calls.ts';
import { endRoutes } from './executions/end.ts';
import { eventsRoute } from './executions/events.ts';
import { pauseRoutes } from './executions/pause.ts';
import { readRoutes } from './executions/read.ts';
import { saidRoutes } from './executions/said.ts';
import { startRoute } from './executions/start.ts';
import { steerRoutes } from './executions/steer.ts';
import { transcriptRoute } from './executions/transcript.ts';
import { treeRoute } from './executions/tree.ts';

/** `/v1/executions`: start, watch, read, steer, end. */
export const executionRoutes = (deps: ApiDeps): Route[] => [
  startRoute(deps),
  ...readRoutes(deps),
  ...saidRoutes(),
  ...callRoutes(),
  treeRoute(),
  transcriptRoute(),
  eventsRoute(deps),
  ...steerRoutes(deps),
  ...pauseRoutes(deps),
  ...endRoutes(deps),
];
