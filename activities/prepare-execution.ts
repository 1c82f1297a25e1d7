import type { Prepared } from '../workflows/contract/executions.ts';
import type { OrchestrationDeps } from './ports/deps.ts';
import { ownRunId } from './own-run-id.ts';

/** Moves the execution and its seats to `running`. Once; a repeat reads what is there. */
export const makePrepareExecution =
  ({ executions, live }: Pick<OrchestrationDeps, 'executions' | 'live'>) =>
  async (execution: { ownerId: string; executionId: string }): Promise<Prepared> => {
    const prepared = await executions.prepare({ ...execution, runId: ownRunId() });
    live.nudge();
    return prepared;
  };
