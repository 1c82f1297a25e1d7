import { randomBytes } from 'node:crypto';
import type { EntityManager, RequiredEntityData } from '@mikro-orm/postgresql';
import { AgentExecution } from '../../../infra/db/entities/agent-execution.ts';
import { Budget } from '../../../infra/db/entities/budget.ts';
import { Execution } from '../../../infra/db/entities/execution.ts';
import { HumanInteraction } from '../../../infra/db/entities/human-interaction.ts';
import { Message } from '../../../infra/db/entities/message.ts';
import { UserAccount } from '../../../infra/db/entities/user-account.ts';
import { newId } from '../../../infra/db/new-id.ts';
import { rehearsingAgent } from '../../support/work.ts';

/** 32 bytes that are like no others. */
export const hash = () => randomBytes(32);

/** A user, alone. */
export function newUser(em: EntityManager, roles: UserAccount['roles'] = ['member']): UserAccount {
  const id = newId();
  return em.create(UserAccount, { id, username: id, email: `${id}@example.org`, roles });
}

/** An execution of a user, with a budget of its own and one seat. */
export function newExecution(em: EntityManager, ownerId: string) {
  const id = newId();
  const execution = em.create(Execution, {
    id,
    ownerId,
    kind: 'agent',
    workflowType: 'soloAgent',
    definition: { workflow: 'soloAgent', config: {}, seats: [], notices: [] },
    rootExecutionId: id,
    originId: id,
    input: { question: 'Why?' },
    workflowId: `execution/${id}`,
  });
  const budgetId = newId();
  const budget = em.create(Budget, {
    id: budgetId,
    ownerId,
    scope: 'execution',
    scopeId: id,
    path: [budgetId],
  });
  const seat = em.create(AgentExecution, {
    id: newId(),
    ownerId,
    executionId: id,
    slotName: 'agent',
    displayName: 'thinker',
    role: 'specialist',
    resolvedConfig: rehearsingAgent('thinker'),
    promptSha256: hash(),
  });
  return { execution, budget, seat };
}

/** A question of an execution to its owner, whether to go on. */
export const newInteraction = (
  em: EntityManager,
  { id: executionId, ownerId, rootExecutionId, workflowId }: Execution,
  more: Partial<RequiredEntityData<HumanInteraction>> = {},
): HumanInteraction =>
  em.create(HumanInteraction, {
    id: newId(),
    ownerId,
    executionId,
    rootExecutionId,
    signalWorkflowId: workflowId,
    gate: 'completion',
    kind: 'approval',
    title: 'Completion',
    prompt: 'Shall this be the answer?',
    content: { answer: 'Because.' },
    contentHash: hash(),
    assignees: [`user:${ownerId}`],
    ...more,
  });

/** What a seat said. */
export const newMessage = (em: EntityManager, seat: AgentExecution, sequence: number): Message =>
  em.create(Message, {
    id: newId(),
    ownerId: seat.ownerId,
    executionId: seat.executionId,
    sequence,
    senderKind: 'agent',
    senderId: seat.id,
    messageType: 'response',
    content: { text: 'Because.' },
  });
