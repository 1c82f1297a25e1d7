import type { ApiDeps } from './deps.ts';
import type { Route } from './http/route.ts';
import { healthRoutes } from './routers/health.ts';
import { metaRoutes } from './routers/meta.ts';
import { projectRoutes } from './routers/projects.ts';

/** Every route that is served. */
export function apiRoutes(deps: ApiDeps): readonly Route[] {
  const routes = [...healthRoutes(deps), ...projectRoutes()];
  return [...routes, ...metaRoutes(routes)];
}
