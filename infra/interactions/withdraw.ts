import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Actor } from '../../workflows/contract/executions.ts';
import type { Execution } from '../db/entities/execution.ts';
import { HumanInteraction, HumanResponse } from '../db/entities/human-interaction.ts';
import { lockWithAncestors } from '../executions/lock-execution.ts';
import { recordInteraction } from './interaction-event.ts';
import { settleStates } from './standstill.ts';

/** Withdraws what an execution that has ended still asks; those above it, whose rows are locked too, go on if nothing else holds them. */
export async function withdrawQuestions(
  em: EntityManager,
  execution: Execution,
  actor: Actor,
): Promise<void> {
  const pending = await em.find(
    HumanInteraction,
    { executionId: execution.id, state: 'pending' },
    { lockMode: LockMode.PESSIMISTIC_WRITE },
  );
  for (const question of pending) {
    question.state = 'cancelled';
    question.decidedAt = new Date();
    recordInteraction(em, execution, question, 'cancelled');
  }
  await em.flush();
  if (execution.parentExecutionId == null || pending.length === 0) return;
  const above = (await lockWithAncestors(em, execution.id)).slice(0, -1);
  await settleStates(em, above, actor);
}

/** Who rejected it and why, as the last question was answered; null where nobody did. */
export async function refusalOf(em: EntityManager, executionId: string): Promise<string | null> {
  const [question] = await em.find(
    HumanInteraction,
    { executionId, decision: 'reject' },
    { orderBy: { decidedAt: 'desc' }, limit: 1 },
  );
  const answer =
    question &&
    (await em.findOne(HumanResponse, { interactionId: question.id, decision: 'reject' }));
  if (!answer) return null;
  const why = answer.comment == null ? '' : `: ${answer.comment.replace(/\.$/, '')}`;
  return `${answer.responderName} rejected it at the gate before ${question.gate}${why}. Mend that, and retry or start anew.`;
}
