import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { InteractionKey } from '../../workflows/contract/gates.ts';
import type { Actor } from '../../workflows/contract/executions.ts';
import type { Execution } from '../db/entities/execution.ts';
import { HumanInteraction, HumanResponse } from '../db/entities/human-interaction.ts';
import { lockWithAncestors } from '../executions/lock-execution.ts';
import { recordInteraction } from './interaction-event.ts';
import { settleStates } from './standstill.ts';

/**
 * Withdraws what an execution that has ended still asks; those above it, whose rows are locked too, go on if nothing else
 * holds them. What was answered to its agents just now, nobody looks at any more: a retry asks anew.
 */
export async function withdrawQuestions(
  em: EntityManager,
  execution: Execution,
  actor: Actor,
): Promise<void> {
  const answered = {
    state: 'answered',
    signalledAt: null,
    agentExecutionId: { $ne: null },
  } as const;
  const left = await em.find(
    HumanInteraction,
    { executionId: execution.id, $or: [{ state: 'pending' }, answered] },
    { lockMode: LockMode.PESSIMISTIC_WRITE },
  );
  for (const question of left) dismiss(em, execution, question);
  await em.flush();
  if (execution.parentExecutionId == null || left.length === 0) return;
  const above = (await lockWithAncestors(em, execution.id)).slice(0, -1);
  await settleStates(em, above, actor);
}

/** Withdraws one question: its execution goes on without the answer, also where that has come just now. */
export async function withdrawQuestion(
  em: EntityManager,
  { executionId, interactionId: id }: InteractionKey,
): Promise<void> {
  const line = await lockWithAncestors(em, executionId);
  const question = await em.findOne(
    HumanInteraction,
    { id, executionId },
    { lockMode: LockMode.PESSIMISTIC_WRITE },
  );
  if (!question) return;
  dismiss(em, line.at(-1)!, question);
  await settleStates(em, line, 'workflow');
}

/** Nobody has need of an answer: neither of one that may come, nor of one of which no work has taken notice. */
function dismiss(em: EntityManager, execution: Execution, question: HumanInteraction): void {
  if (question.state === 'pending') withdraw(em, execution, question);
  else question.signalledAt ??= new Date();
}

/** Closes a question without an answer, in the caller's transaction, in which its row is locked. */
export function withdraw(
  em: EntityManager,
  execution: Execution,
  question: HumanInteraction,
): void {
  question.state = 'cancelled';
  question.decidedAt = new Date();
  recordInteraction(em, execution, question, 'cancelled');
}

/** Who rejected it and why, as the last gate was answered; null where nobody did. */
export async function refusalOf(em: EntityManager, executionId: string): Promise<string | null> {
  const [question] = await em.find(
    HumanInteraction,
    { executionId, agentExecutionId: null, decision: 'reject' },
    { orderBy: { decidedAt: 'desc' }, limit: 1 },
  );
  const answer =
    question &&
    (await em.findOne(HumanResponse, { interactionId: question.id, decision: 'reject' }));
  if (!answer) return null;
  const why = answer.comment == null ? '' : `: ${answer.comment.replace(/\.$/, '')}`;
  return `${answer.responderName} rejected it at the gate before ${question.gate}${why}. Mend that, and retry or start anew.`;
}
