import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.ts';
import { TaskQueue } from '../contract/names.ts';

/**
 * The quick database activities. They are tried until they succeed, however long the database is away, and soon after
 * it is back; each may be repeated without harm.
 */
export const {
  askPerson,
  attendInteraction,
  chooseBranch,
  closeExecution,
  groupPositions,
  openChild,
  openInteraction,
  placeAnswer,
  placeInterjections,
  postResults,
  prepareExecution,
  recordPause,
  recordTurnFailure,
  routeItems,
  withdrawQuestion,
} = proxyActivities<Omit<Activities, 'startScheduled' | 'sweep' | 'takeTurn'>>({
  taskQueue: TaskQueue.orchestration,
  startToCloseTimeout: '10 seconds',
  retry: { initialInterval: '200 ms', backoffCoefficient: 2, maximumInterval: '3 seconds' },
});
