import { type Client, ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client';
import { SWEEP_SCHEDULE_ID, TaskQueue } from '../../workflows/contract/names.ts';

/** Makes the schedule of the sweep where it is missing: twice a minute, never two at once. */
export async function ensureSweepSchedule(client: Client): Promise<void> {
  try {
    await client.schedule.create({
      scheduleId: SWEEP_SCHEDULE_ID,
      spec: { intervals: [{ every: '30 seconds' }] },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
      action: {
        type: 'startWorkflow',
        workflowType: 'sweep',
        taskQueue: TaskQueue.orchestration,
        workflowId: 'sweep',
        args: [],
        workflowExecutionTimeout: '10 minutes',
      },
    });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
}
