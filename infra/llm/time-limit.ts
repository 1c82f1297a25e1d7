import { ModelCallFailed } from '../../workflows/contract/errors.ts';

/**
 * Runs one model call under the caller's signal and the call's own time limit. When the caller gives up, its own reason
 * is thrown; when the limit is reached, a retryable failure: the provider may still be at work.
 */
export async function withTimeLimit<T>(
  { who, timeoutMs, signal }: { who: string; timeoutMs: number; signal: AbortSignal },
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = AbortSignal.timeout(timeoutMs);
  try {
    return await call(AbortSignal.any([signal, limit]));
  } catch (error) {
    signal.throwIfAborted();
    throw limit.aborted ? timedOut(who, timeoutMs) : error;
  }
}

/** No answer in time. */
export const timedOut = (who: string, timeoutMs: number): ModelCallFailed =>
  new ModelCallFailed(
    'model_unavailable',
    `${who} did not answer within ${timeoutMs / 1_000} s: raise timeoutSeconds, or lower maxTokens.`,
    { retryable: true, outcomeKnown: false },
  );
