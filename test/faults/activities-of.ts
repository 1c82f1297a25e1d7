import type { Client } from '@temporalio/client';

/** The activities that the workflow of an execution has asked for, in order. */
export async function activitiesOf(
  { client }: { readonly client: Client },
  { workflowId }: { readonly workflowId: string },
): Promise<string[]> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).flatMap(
    ({ activityTaskScheduledEventAttributes: asked }) => asked?.activityType?.name ?? [],
  );
}
