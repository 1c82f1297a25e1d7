import { cancellationSignal, heartbeat, sleep } from '@temporalio/activity';
import { EngineError } from '../workflows/contract/errors.ts';

const LONGEST_PAUSE_MS = 2_000;

/**
 * Writes an outcome, again and again while the database is away: the call is paid for, so its outcome must not be lost.
 * Writes may be repeated; one whose answer was lost finds itself.
 */
export async function untilStored<T>(write: () => Promise<T>): Promise<T> {
  for (let pauseMs = 100; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await write();
    } catch (error) {
      const away = error instanceof EngineError && error.code === 'database_unavailable';
      if (!away || cancellationSignal().aborted) throw error;
      heartbeat();
      await sleep(pauseMs);
    }
  }
}
