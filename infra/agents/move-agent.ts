import type { EntityManager } from '@mikro-orm/postgresql';
import { StateConflict } from '../../workflows/contract/errors.ts';
import { agentStatus } from '../../workflows/domain/agent-status.ts';
import type { AgentStateDetail } from '../../workflows/domain/enums.ts';
import { AGENT_TRANSITIONS, changeState } from '../../workflows/domain/transitions.ts';
import { AgentStateHistory } from '../db/entities/agent-state-history.ts';
import type { Agent } from '../db/entities/agent.ts';
import { recordEvent } from '../db/record-event.ts';

interface Change {
  readonly to: AgentStateDetail;
  /** `user:<id>`, or a component. */
  readonly actor: string;
  readonly reason: string;
}

/**
 * Moves an agent to a state, with its history row and its event, in the caller's transaction, in which the row must be
 * locked (or new). Same → same changes nothing. Throws `StateConflict` for what the machine does not allow.
 */
export async function moveAgent(em: EntityManager, agent: Agent, change: Change): Promise<void> {
  const from = agent.stateDetail;
  const verdict = changeState(AGENT_TRANSITIONS, from, change.to);
  if (verdict === 'unchanged') return;
  if (verdict === 'illegal')
    throw new StateConflict(`An agent that is ${from} cannot become ${change.to}.`);
  const before = { status: agentStatus(agent), enteredAt: agent.stateEnteredAt };
  agent.previousStateDetail = from;
  agent.stateDetail = change.to;
  agent.stateEnteredAt = new Date();
  const ordinal = await em.count(AgentStateHistory, { agentId: agent.id });
  recordAgentState(em, agent, { ...change, from, before, ordinal });
  await em.flush();
}

/** Writes the history row and the event of a state that an agent has entered; `from` null: it was made. */
export function recordAgentState(
  em: EntityManager,
  agent: Agent,
  entry: Change & {
    readonly from: AgentStateDetail | null;
    readonly before: {
      readonly status: ReturnType<typeof agentStatus>;
      readonly enteredAt: Date;
    } | null;
    readonly ordinal: number;
  },
): void {
  const { id: agentId, ownerId, projectId } = agent;
  const { from, to, reason, actor, before, ordinal } = entry;
  const newStatus = agentStatus(agent);
  const enteredAt = agent.stateEnteredAt;
  const durationMs = before && Math.max(0, enteredAt.getTime() - before.enteredAt.getTime());
  em.create(AgentStateHistory, {
    ownerId,
    agentId,
    ordinal,
    previousStatus: before?.status ?? null,
    newStatus,
    previousStateDetail: from,
    newStateDetail: to,
    reason,
    enteredAt,
    previousDurationMs: durationMs,
    approverKind: actor.startsWith('user:') ? 'user' : 'system',
    approverId: actor,
  });
  if (from === null) return;
  recordEvent(em, {
    ownerId,
    eventType: 'agent.state_transition',
    occurredAt: enteredAt,
    source: 'api',
    sourceAgentId: agentId,
    actor,
    projectId,
    subjectType: 'agent',
    subjectId: agentId,
    payload: {
      agentId,
      previousState: from,
      newState: to,
      previousStatus: before?.status ?? null,
      newStatus,
      transitionReason: reason,
      transitionApprover: actor,
      durationMs,
    },
  });
}
