import { activityInfo } from '@temporalio/activity';
import type { Prepared } from '../workflows/contract/executions.ts';
import type { OrchestrationDeps } from './ports/deps.ts';

/** Moves the execution and its seats to `running`. Once; a repeat reads what is there. */
export const makePrepareExecution =
  ({ executions, live }: Pick<OrchestrationDeps, 'executions' | 'live'>) =>
  async (execution: { ownerId: string; executionId: string }): Promise<Prepared> => {
    const runId = activityInfo().workflowExecution?.runId ?? '';
    const prepared = await executions.prepare({ ...execution, runId });
    live.nudge();
    return prepared;
  };
