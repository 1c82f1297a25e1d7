import type { Closed, Ending } from '../workflows/contract/executions.ts';
import type { OrchestrationDeps } from './ports/deps.ts';
import { ownRunId } from './own-run-id.ts';

/**
 * Writes how an execution ended, with its output put into words. Once; a closed execution stays as it is, and so does one
 * that was opened again by a retry while this run was ending.
 */
export const makeCloseExecution =
  ({ executions, live }: Pick<OrchestrationDeps, 'executions' | 'live'>) =>
  async ({
    ending,
    ...execution
  }: {
    ownerId: string;
    executionId: string;
    ending: Ending;
  }): Promise<Closed | null> => {
    const closed = await executions.close({ ...execution, runId: ownRunId() }, ending);
    live.nudge();
    return closed;
  };
