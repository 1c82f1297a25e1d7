import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowStartOptions,
} from '@temporalio/client';
import { defineSearchAttributeKey, TypedSearchAttributes } from '@temporalio/common';
import type { ExecutionRequest, Ready } from '../../workflows/contract/executions.ts';
import {
  SearchAttribute,
  TaskQueue,
  WORKFLOW_TASK_TIMEOUT_MS,
} from '../../workflows/contract/names.ts';
import type { Execution } from '../db/entities/execution.ts';

/** How long a start may take before the execution is left to the sweep. */
const START_LIMIT_MS = 3_000;
/** How long a run that has written its ending takes to close. */
const ENDING_MS = 100;

/** What of an execution's row its workflow is started from. */
export type StartableExecution = Pick<
  Execution,
  | 'id'
  | 'ownerId'
  | 'workflowType'
  | 'workflowId'
  | 'title'
  | 'projectId'
  | 'priority'
  | 'deadlineAt'
  | 'retryOfRunId'
  | 'startedAt'
>;

/**
 * Starts the workflow of an accepted execution and returns the id of its run; of the run that is there already, when
 * an earlier start was not recorded. Throws when Temporal does not answer in time. What the workflow is not told as
 * `prepared` it asks for.
 */
export async function startWorkflow(
  client: Client,
  row: StartableExecution,
  prepared?: Ready,
): Promise<string> {
  const until = Date.now() + START_LIMIT_MS;
  return client.withDeadline(until, async () => {
    for (;;) {
      try {
        const handle = await client.workflow.start(row.workflowType, startOptions(row, prepared));
        return handle.firstExecutionRunId;
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
        const { runId } = await client.workflow.getHandle(row.workflowId).describe();
        if (runId !== row.retryOfRunId) return runId;
        // The failed run has written its ending and is about to close in Temporal, too.
        if (Date.now() > until - ENDING_MS) throw error;
        await sleep(ENDING_MS);
      }
    }
  });
}

function startOptions(row: StartableExecution, prepared: Ready | undefined): WorkflowStartOptions {
  const { id: executionId, ownerId, title, deadlineAt, priority } = row;
  const request: ExecutionRequest = {
    ownerId,
    executionId,
    ...(title != null && { title }),
    ...(deadlineAt && { deadline: deadlineAt.toISOString() }),
    ...(prepared && { prepared }),
  };
  return {
    workflowId: row.workflowId,
    taskQueue: TaskQueue.orchestration,
    args: [request],
    // After a retry the row decides, however the run before ended: one that finds its row closed does nothing.
    workflowIdReusePolicy: isNew(row) ? 'REJECT_DUPLICATE' : 'ALLOW_DUPLICATE',
    workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
    staticSummary: title == null ? row.workflowType : `${title} (${row.workflowType})`,
    typedSearchAttributes: searchAttributesOf(row),
    // Temporal's 1 is the most important; owners of the same importance take turns.
    priority: { priorityKey: 6 - Math.max(priority, 1), fairnessKey: ownerId },
  };
}

/** No run has had it: none that was recorded and set aside, and none that began and was not. */
const isNew = ({ retryOfRunId, startedAt }: StartableExecution): boolean =>
  retryOfRunId == null && startedAt == null;

const keyword = (name: string, value: string) => ({
  key: defineSearchAttributeKey(name, 'KEYWORD'),
  value,
});

function searchAttributesOf({ ownerId, projectId, workflowType }: StartableExecution) {
  return new TypedSearchAttributes([
    keyword(SearchAttribute.owner, ownerId),
    keyword(SearchAttribute.topology, workflowType),
    keyword(SearchAttribute.state, 'queued'),
    ...(projectId == null ? [] : [keyword(SearchAttribute.project, projectId)]),
  ]);
}
