import { activityInfo } from '@temporalio/activity';

/** The run of the workflow that has asked for the activity that is under way. */
export const ownRunId = (): string => activityInfo().workflowExecution?.runId ?? '';
