import type { ApiDeps } from './deps.ts';
import type { Route } from './http/route.ts';
import { agentTemplateRoutes } from './routers/agent-templates.ts';
import { agentRoutes } from './routers/agents.ts';
import { capabilityRoutes } from './routers/capabilities.ts';
import { executionRoutes } from './routers/executions.ts';
import { healthRoutes } from './routers/health.ts';
import { interactionRoutes } from './routers/interactions.ts';
import { meRoutes } from './routers/me.ts';
import { metaRoutes } from './routers/meta.ts';
import { metricsRoutes } from './routers/metrics.ts';
import { modelRoutes } from './routers/models.ts';
import { projectRoutes } from './routers/projects.ts';
import { providerRoutes } from './routers/providers.ts';
import { scheduleRoutes } from './routers/schedules.ts';
import { templateVersionRoutes } from './routers/template-versions.ts';
import { topologyRoutes } from './routers/topologies.ts';
import { userRoutes } from './routers/users.ts';

/** Every route that is served. */
export function apiRoutes(deps: ApiDeps): readonly Route[] {
  const routes = [
    ...healthRoutes(deps),
    ...metricsRoutes(deps),
    ...meRoutes(),
    ...userRoutes(),
    ...projectRoutes(),
    ...capabilityRoutes(),
    ...providerRoutes(deps),
    ...modelRoutes(deps),
    ...agentTemplateRoutes(),
    ...templateVersionRoutes(deps),
    ...agentRoutes(deps),
    ...topologyRoutes(deps),
    ...executionRoutes(deps),
    ...scheduleRoutes(deps),
    ...interactionRoutes(deps),
  ];
  return [...routes, ...metaRoutes(routes)];
}
