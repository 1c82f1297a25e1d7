import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  TimeoutFailure,
  isCancellation,
  log,
  proxyActivities,
} from '@temporalio/workflow';
import type { Activities } from '../../activities/index.ts';
import type { FailureCode } from '../contract/errors.ts';
import type { PreparedSeat } from '../contract/executions.ts';
import { TaskQueue } from '../contract/names.ts';
import type { TurnAsks, TurnRequest, TurnResult } from '../contract/turns.ts';
import { failureCode } from './failures.ts';
import { recordTurnFailure } from './records.ts';

/**
 * An attempt may make several calls one after the other: repairs, fallback models. Each has a time limit of its own, and
 * a dead worker is noticed by its heartbeat; this is the outer bound.
 */
const CALLS_PER_ATTEMPT = 4;
/** An outcome that is paid for is held by the worker while the database is away. */
const STORING_MS = 10 * 60_000;

const options = {
  taskQueue: TaskQueue.inference,
  // Waits for budget and rate, deaths of workers and an absent database all use up attempts: the ledger counts the
  // provider's failures, here only time is limited.
  scheduleToCloseTimeout: '1 day',
  heartbeatTimeout: '3500 ms',
  // A cancelled turn ends only when what it cost is written.
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '500 ms', backoffCoefficient: 2, maximumInterval: '5 seconds' },
} as const;

const { takeTurn } = proxyActivities<Pick<Activities, 'takeTurn'>>(options);

/**
 * Has a seat take its turn. A turn that fails for good comes back as a result, not as an error: what it means is the
 * topology's to say. Only cancellation throws.
 */
export async function turn(
  seat: PreparedSeat,
  request: TurnRequest,
  summary: string,
): Promise<TurnResult | TurnAsks> {
  const startToCloseTimeout = CALLS_PER_ATTEMPT * seat.timeoutMs + STORING_MS;
  try {
    return await takeTurn.executeWithOptions({ ...options, startToCloseTimeout, summary }, [
      request,
    ]);
  } catch (error) {
    if (isCancellation(error) && CancellationScope.current().consideredCancelled) throw error;
    const code = codeOf(error);
    log.warn('a turn was given up', { sequence: request.sequence, code });
    await recordTurnFailure({ ...request, code });
    return { status: 'failed', sequence: request.sequence, code };
  }
}

function codeOf(error: unknown): FailureCode {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof TimeoutFailure) return 'model_unavailable';
  return (cause instanceof ApplicationFailure ? failureCode(cause.type) : undefined) ?? 'internal';
}
