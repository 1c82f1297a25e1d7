import type { ModelRequest } from '../../activities/ports/models.ts';
import { ModelCallFailed } from '../../workflows/contract/errors.ts';
import type { RehearsalFault } from '../../workflows/contract/rehearsal.schema.ts';
import { timedOut } from './time-limit.ts';

const RETRY_AFTER_MS = 200;

/** Fails as a provider would, where the script's entry says so. The faults that show in an answer are not thrown. */
export function throwFault(
  who: string,
  fault: RehearsalFault | undefined,
  { timeoutMs, rehearsal }: ModelRequest,
): void {
  switch (fault) {
    case 'rate_limited':
      throw new ModelCallFailed('model_unavailable', `${who} has too many requests (scripted).`, {
        retryable: true,
        retryAfterMs: RETRY_AFTER_MS,
      });
    case 'server_error':
      throw new ModelCallFailed('model_unavailable', `${who} has failed (scripted).`, {
        retryable: true,
      });
    case 'timeout':
      throw timedOut(who, timeoutMs);
    case 'refused':
      throw new ModelCallFailed('model_refused', `${who} refused to answer (scripted).`, {
        retryable: false,
      });
    case 'bad_request':
      throw new ModelCallFailed('model_unavailable', `${who} rejected the request (scripted).`, {
        retryable: false,
      });
    case 'crash_before_reply':
      if (rehearsal.attempt > 1) return;
      throw new ModelCallFailed(
        'model_unavailable',
        `The connection to ${who} broke before its reply arrived (scripted).`,
        { retryable: true, outcomeKnown: false },
      );
    case 'invalid_output':
    case 'truncated':
    case undefined:
      return;
  }
}
