import { STATUS_CODES } from 'node:http';
import type { ErrorRequestHandler, Request, Response } from 'express';
import type { Logger } from 'pino';
import { type EngineError, InvalidRequest } from '../../workflows/contract/errors.ts';
import { retryAfterOf, statusOf, toEngineError } from './problems.ts';

/** The last middleware: turns what was thrown into problem+json (RFC 9457) and logs what nobody expected. */
export const errorHandler =
  (log: Logger): ErrorRequestHandler =>
  (thrown: unknown, req, res, _next) => {
    const error = toEngineError(thrown);
    const status = statusOf(error);
    if (status >= 500)
      log.error({ err: loggable(thrown), requestId: req.id, method: req.method }, error.code);
    // A stream that has begun can only be cut.
    if (res.headersSent) res.destroy();
    else sendProblem(req, res, error);
  };

function sendProblem(req: Request, res: Response, error: EngineError): void {
  const status = statusOf(error);
  const retryAfter = retryAfterOf(error);
  if (retryAfter !== undefined) res.setHeader('Retry-After', String(retryAfter));
  if (status === 401) res.setHeader('WWW-Authenticate', 'Bearer realm="conclave"');
  const problem = {
    type: `urn:conclave:problem:${error.code}`,
    title: STATUS_CODES[status],
    status,
    detail: error.message,
    code: error.code,
    instance: req.originalUrl.split('?', 1)[0],
    ...(error instanceof InvalidRequest && { errors: error.problems }),
  };
  res.status(status).type('application/problem+json').send(JSON.stringify(problem));
}

/** The message of PostgreSQL's errors may quote rows and parameters: of those only what names the place is logged. */
function loggable(thrown: unknown): unknown {
  const cause = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown;
  if (!(cause instanceof Error) || !('severity' in cause)) return cause;
  const { name, code, table, column, constraint } = cause as Error & Record<string, unknown>;
  return { type: name, code, table, column, constraint };
}
