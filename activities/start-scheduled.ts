import type { DueStart } from '../workflows/contract/schedules.ts';
import type { OrchestrationDeps } from './ports/deps.ts';

/** Starts what a schedule says, once for each time it is due; what cannot be started is told at the schedule. */
export const makeStartScheduled =
  ({ schedules, live }: Pick<OrchestrationDeps, 'schedules' | 'live'>) =>
  async (start: DueStart): Promise<void> => {
    await schedules.start(start);
    live.nudge();
  };
