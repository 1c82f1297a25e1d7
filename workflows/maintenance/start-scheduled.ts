import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import { SearchAttributeType, defineSearchAttributeKey } from '@temporalio/common';
import type { Activities } from '../../activities/index.ts';
import { TaskQueue } from '../contract/names.ts';
import type { ScheduledStart } from '../contract/schedules.ts';

// However long the database is away, within the day: then the next start is more wanted than this one.
const starting = proxyActivities<Pick<Activities, 'startScheduled'>>({
  taskQueue: TaskQueue.orchestration,
  startToCloseTimeout: '30 seconds',
  scheduleToCloseTimeout: '1 day',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
});

/** Set by Temporal: the moment for which a schedule starts something, however late that happens. */
const DUE_AT = defineSearchAttributeKey('TemporalScheduledStartTime', SearchAttributeType.DATETIME);

/** Makes the start that a schedule asks for now. */
export async function startScheduled(start: ScheduledStart): Promise<void> {
  const { typedSearchAttributes, startTime } = workflowInfo();
  const dueAt = typedSearchAttributes.get(DUE_AT) ?? startTime;
  await starting.startScheduled({ ...start, dueAt: dueAt.toISOString() });
}
