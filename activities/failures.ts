import { ApplicationFailure } from '@temporalio/activity';
import { EngineError, NotYet } from '../workflows/contract/errors.ts';

type AsyncFn = (...args: never[]) => Promise<unknown>;

/**
 * The one place where our errors become Temporal's. Failure texts go into history in plain text: codes only, no message
 * of a provider's or the database's. What is not ours is a bug or an outage: tried again, told by its class name alone.
 */
function asFailure(error: unknown): unknown {
  if (error instanceof EngineError)
    return ApplicationFailure.create({
      type: error.code,
      message: error.code,
      nonRetryable: !error.retryable,
      ...(error instanceof NotYet && { nextRetryDelay: error.retryAfterMs }),
    });
  if (!(error instanceof Error) || isTemporals(error)) return error;
  return ApplicationFailure.create({
    type: error.name,
    message: `unexpected: ${error.name}`,
    nonRetryable: false,
  });
}

/** Cancellation and asynchronous completion must reach the SDK as they are. */
const isTemporals = (error: Error): boolean =>
  error instanceof ApplicationFailure ||
  ['CancelledFailure', 'CompleteAsyncError'].includes(error.name);

/** Wraps every activity of a table so that none has to think about Temporal's failures. */
export function withFailures<T extends Record<string, AsyncFn>>(activities: T): T {
  const wrap =
    (fn: AsyncFn): AsyncFn =>
    async (...args) => {
      try {
        return await fn(...args);
      } catch (error) {
        throw asFailure(error);
      }
    };
  return Object.fromEntries(Object.entries(activities).map(([name, fn]) => [name, wrap(fn)])) as T;
}
