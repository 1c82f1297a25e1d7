import type { Express, Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { asPrincipal, type Principal } from '../../infra/db/session.ts';
import { EngineError } from '../../workflows/contract/errors.ts';
import type { ApiDeps } from '../deps.ts';
import { hashOf, readIdempotencyKey, type Repeatable } from '../middleware/idempotency.ts';
import { jsonBody, refuseBadText } from '../middleware/json-body.ts';
import { permit } from '../middleware/permit.ts';
import { requireMatch } from './etag.ts';
import { invalid } from './invalid.ts';
import { perform } from './perform.ts';
import type { AnswerSpec, Method, Route } from './route.ts';
import { send, verifyAnswer } from './send.ts';

/** Puts the routes into the app; a path that has other methods than the one asked for answers 405 with `Allow`. */
export function mount(app: Express, routes: readonly Route[], deps: ApiDeps): void {
  for (const route of routes)
    app[route.method](route.path, guard(route), ...readBody(route), answerWith(route, deps));
  for (const [path, sharing] of Map.groupBy(routes, (route) => route.path))
    app.all(path, refuseMethod(sharing.map(({ method }) => method)));
}

/** Before a body is read: may this one ask, and can we answer in a form that it takes? */
const guard =
  ({ access, answers }: Route): RequestHandler =>
  (req, _res, next) => {
    if (access) permit(principalOf(req), access);
    const types = Object.values(answers).flatMap(contentTypeOf);
    if (types.length > 0 && !req.accepts([...types, 'application/problem+json']))
      throw new EngineError('not_acceptable', `This is answered as ${types.join(' or ')} only.`);
    next();
  };

const contentTypeOf = (spec: AnswerSpec): string[] => {
  if (spec === null) return [];
  return [spec instanceof z.ZodType ? 'application/json' : spec.contentType];
};

const readBody = ({ method }: Route): RequestHandler[] =>
  method === 'get' || method === 'delete' ? [] : jsonBody();

const answerWith =
  (route: Route, deps: ApiDeps): RequestHandler =>
  async (req, res) => {
    const ended = endOf(res, deps.shutdown);
    const { principal } = req;
    const call = {
      ...readInput(route, req),
      principal: principal as Principal,
      em: principal ? asPrincipal(deps.orm.em, principal) : deps.orm.em.fork(),
      header: (name: string) => req.get(name),
      ifMatch: (rowVersion: number) => requireMatch(req.get('If-Match'), rowVersion),
      ended,
    };
    const answer = await perform({ route, call, repeatable: repeatableOf(req) });
    if (deps.verifyAnswers) verifyAnswer(route, answer);
    await send(res, answer, ended);
  };

/** Checks path, query and body: an id that cannot be one is unknown, everything else that is wrong is told at once. */
function readInput(route: Route, req: Request) {
  const params = route.params.safeParse(req.params);
  if (!params.success)
    throw new EngineError(
      'not_found',
      params.error.issues[0]?.message ?? 'There is no such thing.',
    );
  refuseBadText(req.query);
  const query = route.query.safeParse(req.query);
  const body = (route.body ?? NO_BODY).safeParse(req.body ?? (route.body ? undefined : {}));
  const issues = [query, body].flatMap(({ error }) => error?.issues ?? []);
  if (issues.length > 0) throw invalid(issues);
  return { params: params.data, query: query.data, body: body.data };
}
const NO_BODY = z.strictObject({});

function repeatableOf(req: Request): Repeatable | null {
  const key = req.method === 'POST' ? readIdempotencyKey(req.get('Idempotency-Key')) : undefined;
  if (key === undefined || !req.principal) return null;
  return {
    ownerId: req.principal.userId,
    key,
    route: `${req.method} ${req.originalUrl}`,
    bodyHash: hashOf(req.bodyHash),
  };
}

function refuseMethod(methods: readonly Method[]): RequestHandler {
  const allowed = methods.flatMap((method) =>
    method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()],
  );
  return (_req, res) => {
    res.setHeader('Allow', allowed.join(', '));
    throw new EngineError('method_not_allowed', `Allowed here: ${allowed.join(', ')}.`);
  };
}

function principalOf({ principal }: Request): Principal {
  if (!principal) throw new Error('a route that needs a key was mounted before authentication');
  return principal;
}

function endOf(res: Response, shutdown: AbortSignal): AbortSignal {
  const gone = new AbortController();
  res.once('close', () => gone.abort());
  return AbortSignal.any([gone.signal, shutdown]);
}
