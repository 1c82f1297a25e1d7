import {
  type Client,
  type ScheduleDescription,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  WorkflowIdConflictPolicy,
} from '@temporalio/client';
import { EngineError, InvalidRequest, type Problem } from '../../workflows/contract/errors.ts';
import { TaskQueue } from '../../workflows/contract/names.ts';
import {
  type ScheduledStart,
  checkIdOf,
  scheduleIdOf,
  timesOf,
} from '../../workflows/contract/schedules.ts';
import type { Schedule } from '../db/entities/schedule.ts';

/** How long Temporal may take to answer. */
const LIMIT_MS = 5_000;
/** What was missed while Temporal was away is made up for, if it is not older. */
const CATCH_UP = '1 hour' as const;
/** Longer than a change takes to be committed. */
const CHECK_AFTER = '1 minute' as const;

/** What of a schedule's row Temporal is told. */
export type TemporalSchedule = Pick<Schedule, 'id' | 'ownerId' | 'cron' | 'timezone' | 'paused'>;

/** Makes Temporal's schedule of a row, or brings it up to date. Throws `invalid_request` for times that are none. */
export async function tellTemporal(client: Client, row: TemporalSchedule): Promise<void> {
  const scheduleId = scheduleIdOf(row.id);
  await asked(client, async () => {
    try {
      await client.schedule.getHandle(scheduleId).update((before) => ({
        ...before,
        ...optionsOf(row),
        state: { ...before.state, paused: row.paused },
      }));
    } catch (error) {
      if (!(error instanceof ScheduleNotFoundError)) throw error;
      await client.schedule.create({
        scheduleId,
        ...optionsOf(row),
        state: { paused: row.paused },
      });
    }
  });
}

/** Takes Temporal's schedule away, if it is there. */
export async function removeFromTemporal(client: Client, id: string): Promise<void> {
  await asked(client, async () => {
    try {
      await client.schedule.getHandle(scheduleIdOf(id)).delete();
    } catch (error) {
      if (!(error instanceof ScheduleNotFoundError)) throw error;
    }
  });
}

/** Has Temporal set right by the row in a minute, whatever becomes of this process: one check a schedule, the latest. */
export async function askForCheck(client: Client, row: TemporalSchedule): Promise<void> {
  await asked(client, () =>
    client.workflow.start('startScheduled', {
      taskQueue: TaskQueue.orchestration,
      workflowId: checkIdOf(row.id),
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.TERMINATE_EXISTING,
      startDelay: CHECK_AFTER,
      args: [{ ...startOf(row), times: null }],
      staticSummary: 'sets a schedule right',
    }),
  );
}

/** What Temporal knows of a schedule; null: nothing. */
export async function describeSchedule(
  client: Client,
  id: string,
): Promise<ScheduleDescription | null> {
  return asked(client, async () => {
    try {
      return await client.schedule.getHandle(scheduleIdOf(id)).describe();
    } catch (error) {
      if (error instanceof ScheduleNotFoundError) return null;
      throw error;
    }
  });
}

const startOf = (row: TemporalSchedule): ScheduledStart => ({
  ownerId: row.ownerId!,
  scheduleId: row.id,
  times: timesOf(row),
});

function optionsOf(row: TemporalSchedule) {
  return {
    spec: { cronExpressions: [row.cron], timezone: row.timezone },
    // Each start is one of its own: a long execution does not keep the next from its time.
    policies: { overlap: ScheduleOverlapPolicy.ALLOW_ALL, catchupWindow: CATCH_UP },
    action: {
      type: 'startWorkflow' as const,
      workflowType: 'startScheduled',
      taskQueue: TaskQueue.orchestration,
      workflowId: `${scheduleIdOf(row.id)}/start`,
      args: [startOf(row)],
      staticSummary: 'starts a scheduled execution',
    },
  };
}

async function asked<T>(client: Client, ask: () => Promise<T>): Promise<T> {
  try {
    return await client.withDeadline(Date.now() + LIMIT_MS, ask);
  } catch (error) {
    // What the client makes of times that are none.
    if (error instanceof TypeError) throw new InvalidRequest([problemOf(error)]);
    throw new TemporalUnavailable(error);
  }
}

const problemOf = ({ message }: TypeError): Problem =>
  message.includes('time zone')
    ? {
        path: 'timezone',
        message:
          'is no time zone that Temporal knows; write its name as the time zone database (IANA) does, such as Europe/Zurich',
      }
    : { path: 'cron', message: 'is no cron line; see that each field is in its range' };

class TemporalUnavailable extends EngineError {
  override readonly retryable = true;

  constructor(cause: unknown) {
    super('temporal_unavailable', 'Temporal does not answer, so nothing was changed; try again.', {
      cause,
    });
  }
}
