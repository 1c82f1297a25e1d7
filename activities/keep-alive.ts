import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { NotYet } from '../workflows/contract/errors.ts';

const HEARTBEAT_MS = 1_000;
/** A third of a reservation's life, so that two misses do no harm. */
const EXTEND_MS = 40_000;

/**
 * Does `work` while telling Temporal that this process lives and keeping the call's reservation. Its signal is raised
 * when the activity is cancelled, or when the reservation has passed to another attempt.
 */
export async function whileAlive<T>(options: {
  readonly extend: () => Promise<boolean>;
  readonly work: (signal: AbortSignal) => Promise<T>;
}): Promise<T> {
  const lost = new AbortController();
  const beat = setInterval(() => heartbeat(), HEARTBEAT_MS);
  const check = async (): Promise<void> => {
    // The database may be away: the next beat tries again, and the sweep counts what expires.
    const mine = await options.extend().catch(() => true);
    if (!mine)
      lost.abort(new NotYet('lease_lost', 'another attempt of this call has begun', HEARTBEAT_MS));
  };
  const extend = setInterval(() => void check(), EXTEND_MS);
  try {
    return await options.work(AbortSignal.any([cancellationSignal(), lost.signal]));
  } finally {
    clearInterval(beat);
    clearInterval(extend);
  }
}
