import type { OrchestrationDeps } from './ports/deps.ts';

/** Writes that a person has paused an execution, or lets it go on. What is so already stays as it is. */
export const makeRecordPause =
  ({ executions, live }: Pick<OrchestrationDeps, 'executions' | 'live'>) =>
  async (pause: {
    ownerId: string;
    executionId: string;
    userId: string;
    isPaused: boolean;
  }): Promise<void> => {
    await executions.pause(pause);
    live.nudge();
  };
