import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  CancellationScope,
  ChildWorkflowCancellationType,
  ChildWorkflowFailure,
  ParentClosePolicy,
  sleep,
  startChild,
} from '@temporalio/workflow';
import type { ChildOpened } from '../contract/children.ts';
import type { Closed, ExecutionRequest } from '../contract/executions.ts';
import { WORKFLOW_TASK_TIMEOUT_MS, executionWorkflowId } from '../contract/names.ts';
import type { Floor } from './floor.ts';
import { openChild } from './records.ts';
import { childAttributes } from './search-attributes.ts';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/** How a child ended, or the field of its input that its mapping cannot make. */
export type ChildEnded = Exclude<ChildOpened, { readonly status: 'open' }>;

/**
 * Runs a child to its end, as an execution of its own, and says how it ended. One that has ended already is found, and
 * nothing runs. Its row decides, also where its workflow failed: only cancellation of the parent throws.
 */
export async function runChild(floor: Floor, name: string): Promise<ChildEnded> {
  const { ownerId, executionId } = floor.request;
  const open = () => openChild({ ownerId, executionId, name });
  const child = await open();
  if (child.status !== 'open') return child;
  try {
    const closed = await runWorkflow(floor, name, child);
    if (closed) return closed;
  } catch (error) {
    if (CancellationScope.current().consideredCancelled) throw error;
    // It has written how it ended. One that is at work for an earlier run of its parent is waited for.
    const isItsOwn =
      error instanceof ChildWorkflowFailure ||
      error instanceof WorkflowExecutionAlreadyStartedError;
    if (!isItsOwn) throw error;
  }
  return untilClosed(open, name);
}

async function runWorkflow(
  { request: { ownerId, title, deadline }, accompany }: Floor,
  name: string,
  { executionId, workflow, prepared }: Extract<ChildOpened, { status: 'open' }>,
): Promise<Closed | null> {
  const workflowId = executionWorkflowId(executionId);
  const request: ExecutionRequest = {
    ownerId,
    executionId,
    ...(title !== undefined && { title }),
    ...(deadline !== undefined && { deadline }),
    ...(prepared && { prepared }),
  };
  return accompany(workflowId, () =>
    startChild(workflow, {
      workflowId,
      args: [request],
      staticSummary: `${title === undefined ? '' : `${title}, `}${name} (${workflow})`,
      typedSearchAttributes: childAttributes(ownerId, workflow),
      // Its row is open, however a run before has ended: a retry has opened it again. A run that finds it closed does nothing.
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
    }),
  );
}

/** At once, as a rule: a workflow writes its ending before it ends. What an operator terminated is closed by the sweep. */
async function untilClosed(read: () => Promise<ChildOpened>, name: string): Promise<Closed> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    const child = await read();
    if (child.status === 'closed') return child;
    await sleep(pauseMs, { summary: `waiting for ${name}` });
  }
}
