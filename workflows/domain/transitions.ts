import type {
  AgentStateDetail,
  ExecutionState,
  InteractionState,
  TemplateStatus,
} from './enums.ts';

/** For each state, the states it may become. What is not listed is refused; same → same is no change. */
type Transitions<State extends string> = Readonly<Record<State, readonly State[]>>;

/** Executions and agent executions. `failed → queued` is a person's retry. */
export const EXECUTION_TRANSITIONS: Transitions<ExecutionState> = {
  queued: ['preparing', 'failed', 'cancelled'],
  preparing: ['running', 'paused', 'failed', 'cancelled'],
  running: ['paused', 'completed', 'failed', 'cancelled'],
  paused: ['running', 'failed', 'cancelled'],
  failed: ['queued'],
  completed: [],
  cancelled: [],
};

/** A living agent (the Orchestrator's state detail). */
export const AGENT_TRANSITIONS: Transitions<AgentStateDetail> = {
  created: ['initializing', 'terminated'],
  initializing: ['ready', 'error', 'terminated'],
  ready: ['active', 'paused', 'error', 'terminated'],
  active: ['ready', 'paused', 'error', 'terminated'],
  paused: ['ready', 'active', 'error', 'terminated'],
  error: ['initializing', 'terminated'],
  terminated: [],
};

export const TEMPLATE_TRANSITIONS: Transitions<TemplateStatus> = {
  draft: ['published', 'deprecated'],
  published: ['deprecated'],
  deprecated: ['published'],
};

/** A question to people. Escalation leaves it pending; what is decided stays as it is. */
export const INTERACTION_TRANSITIONS: Transitions<InteractionState> = {
  pending: ['answered', 'expired', 'cancelled'],
  answered: [],
  expired: [],
  cancelled: [],
};

/** The end states of an execution: its `completed_at` is set in exactly these. */
export const CLOSED_STATES = [
  'completed',
  'failed',
  'cancelled',
] as const satisfies readonly ExecutionState[];
export type ClosedState = (typeof CLOSED_STATES)[number];

/** True when the execution has ended. */
export const isClosed = (state: ExecutionState): state is ClosedState =>
  (CLOSED_STATES as readonly ExecutionState[]).includes(state);

/** What a wish to change a state comes to: nothing to do, a change, or an error. */
export function changeState<State extends string>(
  machine: Transitions<State>,
  from: State,
  to: State,
): 'unchanged' | 'changed' | 'illegal' {
  if (from === to) return 'unchanged';
  return machine[from].includes(to) ? 'changed' : 'illegal';
}
