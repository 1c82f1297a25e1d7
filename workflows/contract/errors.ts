/** Why an execution, or a seat in it, failed. Public and stable. */
export const FAILURE_CODES = [
  'no_quorum',
  'too_many_failures',
  'budget_exhausted',
  'invalid_output',
  'model_unavailable',
  'model_refused',
  'no_capable_agent',
  'rejected',
  'deadline_exceeded',
  'gate_expired',
  'loop_detected',
  'cancelled',
  'lost',
  'internal',
] as const;
export type FailureCode = (typeof FAILURE_CODES)[number];

/** Why a request was not done. Public and stable: the `code` of problem+json. */
export type RequestErrorCode =
  | 'invalid_request'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'method_not_allowed'
  | 'not_acceptable'
  | 'conflict'
  | 'state_conflict'
  | 'already_decided'
  | 'stale_content'
  | 'precondition_failed'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'rate_limited'
  | 'temporal_unavailable'
  | 'database_unavailable';

/** Why an activity must be tried again later; these never end an execution by themselves. */
export type WaitCode = 'waiting_budget' | 'waiting_rate' | 'model_busy' | 'lease_lost';

export type ErrorCode = FailureCode | RequestErrorCode | WaitCode;

/** One thing that is wrong with a request, and where: `path` is the field's path, such as `inline.members.0.slot`. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}

/** Base of all expected failures. Anything else that is thrown is a bug. The message says what to do next. */
export class EngineError extends Error {
  readonly code: ErrorCode;
  /** Would the same thing, tried again, stand a chance? Temporal reads this to decide on a retry. */
  readonly retryable: boolean = false;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  override get name(): string {
    return this.constructor.name;
  }
}

/** The request is wrong; every problem at once. `model_unavailable`: only in that it names models that cannot be had. */
export class InvalidRequest extends EngineError {
  readonly problems: readonly Problem[];

  constructor(
    problems: readonly Problem[],
    message = 'The request is not valid; see errors.',
    code: 'invalid_request' | 'model_unavailable' = 'invalid_request',
  ) {
    super(code, message);
    this.problems = problems;
  }
}

/** There is no such thing, or it is not yours: the two look the same. */
export class NotFound extends EngineError {
  constructor(what: string) {
    super('not_found', `There is no such ${what}.`);
  }
}

/** What was asked cannot be done in the state that the thing is in. */
export class StateConflict extends EngineError {
  constructor(message: string) {
    super('state_conflict', message);
  }
}

/** Not now: come back after `retryAfterMs`. Never final. */
export class NotYet extends EngineError {
  override readonly retryable = true;
  readonly retryAfterMs: number;

  constructor(code: WaitCode, message: string, retryAfterMs: number, options?: ErrorOptions) {
    super(code, message, options);
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * A model call that came to nothing. `retryable` as the provider's answer has it (429, 5xx and time-outs are, a bad
 * request or a refusal is not); `outcomeKnown` is false when the connection broke after the request was sent, so that
 * the provider may have done, and billed, the work.
 */
export class ModelCallFailed extends EngineError {
  override readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly outcomeKnown: boolean;
  /** What the provider says was used all the same. */
  readonly usage: { readonly input: number; readonly output: number } | undefined;

  constructor(
    code: FailureCode,
    message: string,
    options: {
      readonly retryable: boolean;
      readonly retryAfterMs?: number | undefined;
      readonly outcomeKnown?: boolean;
      readonly usage?: { readonly input: number; readonly output: number } | undefined;
      readonly cause?: unknown;
    },
  ) {
    super(code, message, { cause: options.cause });
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs;
    this.outcomeKnown = options.outcomeKnown ?? true;
    this.usage = options.usage;
  }
}
