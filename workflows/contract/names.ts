import { TOPOLOGY_TYPES } from '../domain/enums.ts';

/** One queue per scarce resource, so that each can be scaled and limited alone. Environments differ by namespace, not by queue. */
export const TaskQueue = {
  orchestration: 'orchestration',
  inference: 'inference',
} as const;

/** How long a workflow task may take: a worker that dies keeps its workflow from the others for a short time only. */
export const WORKFLOW_TASK_TIMEOUT_MS = 3_000;

/** Workflow types that execute a definition, by what is executed. */
export const EXECUTION_WORKFLOWS = ['soloAgent', ...TOPOLOGY_TYPES] as const;
export type ExecutionWorkflow = (typeof EXECUTION_WORKFLOWS)[number];

/** An execution's workflow id is its database id with a prefix, a child's likewise. */
export const executionWorkflowId = (executionId: string): string => `execution/${executionId}`;

/** The Temporal Schedule that starts the sweep, and the workflow it starts. */
export const SWEEP_SCHEDULE_ID = 'conclave-sweep';

/** Search attributes, all of Temporal's type Keyword. */
export const SearchAttribute = {
  owner: 'ConclaveOwner',
  project: 'ConclaveProject',
  topology: 'ConclaveTopology',
  state: 'ConclaveState',
} as const;

/** PostgreSQL notification channels. A notification is a hint; rows are the truth. */
export const Channel = {
  /** Sent by the relay: `[[ownerId, executionId, position], …]` as JSON, for events it has numbered. */
  event: 'conclave_event',
  /** Sent by workers: tokens and turn states, never stored (`LiveNote[]` as JSON). */
  live: 'conclave_live',
  /** Sent by whoever has committed events: the relay may number them now. No payload. */
  outbox: 'conclave_outbox',
} as const;
