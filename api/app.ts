import { randomUUID } from 'node:crypto';
import express, { type Express } from 'express';
import helmet from 'helmet';
import { pinoHttp } from 'pino-http';
import swaggerUi from 'swagger-ui-express';
import { NotFound } from '../workflows/contract/errors.ts';
import type { ApiDeps } from './deps.ts';
import { mount } from './http/mount.ts';
import { authenticate } from './middleware/authenticate.ts';
import { errorHandler } from './middleware/errors.ts';
import { sameHost } from './middleware/same-host.ts';
import { traceRequests } from './middleware/trace-requests.ts';
import { apiRoutes } from './routes.ts';

/** Builds the app without listening, so a test can hold one. Whatever is not open to anyone is behind `authenticate`. */
export function createApp(deps: ApiDeps): Express {
  const app = express()
    .disable('x-powered-by')
    .disable('etag') // ETags are row versions, set by handlers
    .enable('case sensitive routing')
    .enable('strict routing')
    .set('query parser', 'simple');
  const routes = apiRoutes(deps);
  app.use(requestLog(deps), traceRequests, securityHeaders());
  app.use(sameHost(deps.config.http.allowedHosts));
  mount(
    app,
    routes.filter(({ access }) => access === null),
    deps,
  );
  // The page reads the document from here: nothing of it comes from elsewhere.
  app.use('/docs', swaggerUi.serve, swaggerUi.setup(undefined, { swaggerUrl: '/openapi.json' }));
  app.use(authenticate(deps.orm));
  mount(
    app,
    routes.filter(({ access }) => access !== null),
    deps,
  );
  app.use(() => {
    throw new NotFound('address; /openapi.json lists those that there are');
  });
  app.use(errorHandler(deps.log));
  return app;
}

/** One line a request, without headers and query: they hold keys, and what was searched for. */
const requestLog = ({ log }: ApiDeps) =>
  pinoHttp({
    logger: log,
    genReqId: (_req, res) => {
      const id = randomUUID();
      res.setHeader('X-Request-Id', id);
      return id;
    },
    serializers: {
      req: ({ id, method, url }: { id: string; method: string; url: string }) => ({
        id,
        method,
        url: url.split('?', 1)[0],
      }),
      res: ({ statusCode }: { statusCode: number }) => ({ statusCode }),
    },
    customLogLevel: (_req, res) => (res.statusCode >= 500 ? 'warn' : 'info'),
  });

/** Without `upgrade-insecure-requests`: on one machine this is plain HTTP. */
const securityHeaders = () =>
  helmet({ contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } } });
