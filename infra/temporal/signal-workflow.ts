import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { SignalDefinition } from '@temporalio/common';

/** How long Temporal may take to take a signal, where nothing else is said. */
const SIGNAL_LIMIT_MS = 5_000;

/** Signals a workflow; `ended` when it does not run (any more). Throws when Temporal does not answer in time. */
export async function signalWorkflow<Args extends [] | [unknown]>(
  client: Client,
  { workflowId, limitMs = SIGNAL_LIMIT_MS }: { workflowId: string; limitMs?: number },
  signal: SignalDefinition<Args>,
  ...args: Args
): Promise<'signalled' | 'ended'> {
  try {
    await client.withDeadline(Date.now() + limitMs, () =>
      client.workflow.getHandle(workflowId).signal(signal, ...args),
    );
    return 'signalled';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'ended';
    throw error;
  }
}
