import type { EntityManager } from '@mikro-orm/postgresql';
import type { AgentExecution } from '../../../infra/db/entities/agent-execution.ts';
import type { Agent } from '../../../infra/db/entities/agent.ts';
import { CallFlight } from '../../../infra/db/entities/call-flight.ts';
import { Event } from '../../../infra/db/entities/event.ts';
import { ExecutionStateHistory } from '../../../infra/db/entities/execution-state-history.ts';
import { HumanResponse } from '../../../infra/db/entities/human-interaction.ts';
import { LlmCall } from '../../../infra/db/entities/llm-call.ts';
import { MessageRecipient } from '../../../infra/db/entities/message.ts';
import { newId } from '../../../infra/db/new-id.ts';
import { hash, newExecution, newInteraction, newMessage } from './rows.ts';
import type { Registry } from './world.ts';

const ask = { kind: 'answer' } as const;
const call = (seat: AgentExecution) => ({
  ownerId: seat.ownerId,
  executionId: seat.executionId,
  sequence: 1,
  call: 1,
  ordinal: 0,
  agentExecutionId: seat.id,
  askHash: hash(),
  ask,
  hears: { before: 1 },
  providerName: 'rehearsal',
  modelName: 'rehearsal',
  slotName: seat.slotName,
  round: 0,
  startedAt: new Date(),
});

/** A child execution of the agent: what was said, what it cost, what happened. */
export function newRun(em: EntityManager, ownerId: string, registry: Registry, agent: Agent): void {
  const parent = newExecution(em, ownerId);
  const { execution, budget, seat } = newExecution(em, ownerId);
  execution.projectId = registry.project.id;
  execution.agentId = agent.id;
  execution.parentExecutionId = parent.execution.id;
  execution.rootExecutionId = parent.execution.id;
  execution.depth = 1;
  execution.forkedFromId = parent.execution.id;
  seat.agentId = agent.id;
  seat.templateVersionId = registry.version.id;
  budget.parentId = parent.budget.id;
  budget.path = [parent.budget.id, budget.id];
  em.create(ExecutionStateHistory, {
    id: newId(),
    ownerId,
    executionId: execution.id,
    agentExecutionId: seat.id,
    ordinal: 1,
    newState: 'queued',
    enteredAt: new Date(),
  });
  const message = newMessage(em, seat, 1);
  em.create(MessageRecipient, { ownerId, messageId: message.id, agentExecutionId: seat.id });
  const asked = newInteraction(em, execution, {
    agentExecutionId: seat.id,
    agentId: agent.id,
    state: 'answered',
    decision: 'approve',
    decidedAt: new Date(),
  });
  em.create(HumanResponse, {
    id: newId(),
    ownerId,
    interactionId: asked.id,
    responderId: ownerId,
    responderName: 'thinker',
    level: 0,
    decision: 'approve',
    contentHash: asked.contentHash,
  });
  em.create(LlmCall, { ...call(seat), id: newId(), state: 'succeeded', finishedAt: new Date() });
  em.create(CallFlight, {
    ...call(seat),
    sequence: 2,
    modelIndex: 0,
    budgetIds: budget.path,
    tokens: 10,
    usd: '0.000001',
    expiresAt: new Date(),
  });
  em.create(Event, {
    id: newId(),
    ownerId,
    eventType: 'execution.queued',
    occurredAt: new Date(),
    source: 'api',
    executionId: execution.id,
    subjectType: 'execution',
    subjectId: execution.id,
  });
}
