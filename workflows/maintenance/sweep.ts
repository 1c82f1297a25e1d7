import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.ts';
import { TaskQueue } from '../contract/names.ts';

// A sweep that fails is not tried for long: the schedule starts the next one.
const sweeping = proxyActivities<Pick<Activities, 'sweep'>>({
  taskQueue: TaskQueue.orchestration,
  startToCloseTimeout: '1 minute',
  // While a sweep waits for the time-out of a worker that died, there is no other.
  heartbeatTimeout: '5 seconds',
  scheduleToCloseTimeout: '5 minutes',
});

/** Sets right, once, whatever rows and workflows disagree about; says how many it started, closed, released and woke. */
export async function sweep(): ReturnType<typeof sweeping.sweep> {
  return sweeping.sweep();
}
