import { OptimisticLockError } from '@mikro-orm/postgresql';
import {
  EngineError,
  type ErrorCode,
  InvalidRequest,
  NotYet,
} from '../../workflows/contract/errors.ts';

/** Exhaustive on purpose: a new code does not compile until it has a status. 422 is never used. */
const STATUS: Readonly<Record<ErrorCode, number>> = {
  invalid_request: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  not_acceptable: 406,
  conflict: 409,
  state_conflict: 409,
  already_decided: 409,
  stale_content: 409,
  precondition_failed: 412,
  payload_too_large: 413,
  unsupported_media_type: 415,
  rate_limited: 429,
  temporal_unavailable: 503,
  database_unavailable: 503,
  no_quorum: 409,
  too_many_failures: 409,
  budget_exhausted: 409,
  invalid_output: 409,
  model_unavailable: 400,
  model_refused: 409,
  no_capable_agent: 409,
  rejected: 409,
  deadline_exceeded: 409,
  gate_expired: 409,
  loop_detected: 409,
  cancelled: 409,
  lost: 409,
  internal: 500,
  waiting_budget: 429,
  waiting_rate: 429,
  model_busy: 429,
  lease_lost: 409,
};

/** Every code that problem+json may have. */
export const ERROR_CODES = Object.keys(STATUS) as readonly ErrorCode[];

/** When to try again what is away for a while, a restart say. */
const AWAY_SECONDS = 2;

/** Not now: the same request may succeed after some seconds. */
export class RetryLater extends EngineError {
  override readonly retryable = true;
  readonly retryAfterSeconds: number;

  constructor(code: ErrorCode, message: string, retryAfterSeconds: number, options?: ErrorOptions) {
    super(code, message, options);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The HTTP status of an error. */
export const statusOf = (error: EngineError): number => STATUS[error.code];

/** Seconds for `Retry-After`, where the error knows them. */
export function retryAfterOf(error: EngineError): number | undefined {
  if (error instanceof RetryLater) return error.retryAfterSeconds;
  if (error instanceof NotYet) return Math.ceil(error.retryAfterMs / 1_000);
  return statusOf(error) === 503 ? AWAY_SECONDS : undefined;
}

/** Whatever was thrown, in our words; what nobody expected becomes `internal`. Nothing of the database's text is kept in the message. */
export function toEngineError(error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  return (
    fromDatabase(error) ??
    fromBodyParser(error) ??
    new EngineError(
      'internal',
      'Something went wrong here. The log has it under this request id.',
      {
        cause: error,
      },
    )
  );
}

/** SQLSTATEs that mean "not now": connections, shutdown, time limits, locks. */
const AWAY = /^(08|53|57P0|57014|55P03|25P0[34]|40)/;
/** The same from the socket, before PostgreSQL could say anything. */
const UNREACHABLE = /^(ECONN|ENOTFOUND|EPIPE|ETIMEDOUT|EAI_AGAIN|EHOSTUNREACH)/;
const LOST_TEXT =
  /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error|not queryable/i;
const UNIQUE_VIOLATION = '23505';
const FOREIGN_KEY_VIOLATION = '23503';

/** By SQLSTATE and not by the mapper's classes: what fails at COMMIT, such as a deferred key, comes as the driver's own error. */
function fromDatabase(error: unknown): EngineError | undefined {
  const options = { cause: error };
  if (error instanceof OptimisticLockError)
    return new EngineError('conflict', 'Someone else changed it just now; read it again.', options);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === UNIQUE_VIOLATION)
    return new EngineError('conflict', 'There is one of that name already; take another.', options);
  if (code === FOREIGN_KEY_VIOLATION)
    return new EngineError(
      'state_conflict',
      'Something still refers to it, or what it refers to has just gone.',
      options,
    );
  const isLost = error instanceof Error && LOST_TEXT.test(error.message);
  if (!isLost && !AWAY.test(code) && !UNREACHABLE.test(code)) return undefined;
  const message = 'The database does not answer in time; try again.';
  return new EngineError('database_unavailable', message, options);
}

/** Express and its body parser throw errors with a `status` and, of the parser, a `type`. */
function fromBodyParser(error: unknown): EngineError | undefined {
  if (!(error instanceof Error) || !('status' in error)) return undefined;
  if (error.status === 413)
    return new EngineError('payload_too_large', 'The body is larger than 1 MiB; send less.');
  if (error.status === 415)
    return new EngineError(
      'unsupported_media_type',
      'Send JSON in UTF-8 with Content-Type: application/json.',
    );
  if (typeof error.status !== 'number' || error.status < 400 || error.status >= 500)
    return undefined;
  if ('type' in error && error.type === 'entity.parse.failed')
    return new InvalidRequest([{ path: '', message: 'is not valid JSON' }]);
  return new InvalidRequest([], 'The request cannot be read; check its address and its body.');
}
