import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { respondSignal } from '../../workflows/contract/messages.ts';
import type { HumanInteraction } from '../db/entities/human-interaction.ts';
import { signalWorkflow } from '../temporal/signal-workflow.ts';

/** Tells the work that waits for an answer to look at it; `ended` when it does not run any more. What fails here is logged: the sweep tells it again. */
export async function wake(
  client: Client,
  {
    id: interactionId,
    signalWorkflowId: workflowId,
    decision,
  }: Pick<HumanInteraction, 'id' | 'signalWorkflowId' | 'decision'>,
  log: Logger,
): Promise<'signalled' | 'ended' | 'failed'> {
  try {
    return await signalWorkflow(client, { workflowId }, respondSignal, {
      interactionId,
      ...(decision && { decision }),
    });
  } catch (error) {
    log.warn(
      { err: error, interactionId },
      'the answer is kept, but its execution could not be told; the sweep will tell it',
    );
    return 'failed';
  }
}
