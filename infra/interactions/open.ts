import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { GateOpening, GateStanding, ResolvedGate } from '../../workflows/contract/gates.ts';
import { isClosed } from '../../workflows/domain/transitions.ts';
import type { Execution } from '../db/entities/execution.ts';
import { HumanInteraction } from '../db/entities/human-interaction.ts';
import { derivedId } from '../db/new-id.ts';
import { lockWithAncestors } from '../executions/lock-execution.ts';
import { attemptOf } from './attempt.ts';
import { attend, databaseTime } from './attend.ts';
import { contentHash } from './content-hash.ts';
import { gateContent, gatePrompt } from './gate-content.ts';
import { recordInteraction } from './interaction-event.ts';
import { settleStates } from './standstill.ts';
import { withdraw } from './withdraw.ts';

/**
 * Finds the question that a gate asks about what there is to decide, or asks it. A retry of the execution finds what was
 * let pass, unchanged, and asks anew what was not.
 */
export async function openQuestion(
  em: EntityManager,
  { executionId, gate: index, ending }: GateOpening,
): Promise<GateStanding> {
  const line = await lockWithAncestors(em, executionId);
  const execution = line.at(-1);
  const gate = execution?.definition.gates?.[index];
  if (!gate || isClosed(execution.state)) return { state: 'cancelled' };

  const content = await gateContent(em, execution, gate, ending);
  const hash = contentHash(content);
  const attempt = await attemptOf(em, executionId);
  const asked = await askedBefore(em, execution, { gate, index, attempt });
  const found =
    asked.find(({ id }) => id === questionId(executionId, { index, attempt, hash })) ??
    asked.find((question) => isStillTrue(question, hash));
  if (found) return attend(em, line, found);

  // What was asked about something else is of no use to anybody.
  for (const question of asked.filter(({ state }) => state === 'pending'))
    withdraw(em, execution, question);
  const now = await databaseTime(em);
  const id = questionId(executionId, { index, attempt, hash });
  const question = em.create(HumanInteraction, {
    ...rowOf(execution, gate, now),
    id,
    content,
    contentHash: hash,
  });
  recordInteraction(em, execution, question, 'opened');
  await settleStates(em, line, 'workflow');
  return attend(em, line, question);
}

/** The same gate, run and content: the same question. */
const questionId = (
  executionId: string,
  { index, attempt, hash }: { index: number; attempt: number; hash: Uint8Array },
): string =>
  derivedId(executionId, `gate/${index}/${attempt}/${Buffer.from(hash).toString('hex')}`);

async function askedBefore(
  em: EntityManager,
  { id: executionId }: Execution,
  { gate, index, attempt }: { gate: ResolvedGate; index: number; attempt: number },
): Promise<HumanInteraction[]> {
  const rows = await em.find(
    HumanInteraction,
    { executionId, gate: gate.before },
    { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true },
  );
  const attempts = Array.from({ length: attempt + 1 }, (_, i) => i);
  return rows.filter(({ id, contentHash: hash }) =>
    attempts.some((each) => questionId(executionId, { index, attempt: each, hash }) === id),
  );
}

/** It was let pass, for what is shown now, or after an edit that made it so. */
const isStillTrue = (
  { state, decision, contentHash: shown, decidedValue }: HumanInteraction,
  hash: Buffer,
): boolean =>
  state === 'answered' &&
  decision !== 'reject' &&
  hash.equals(decision === 'edit' ? contentHash(decidedValue) : shown);

function rowOf(execution: Execution, gate: ResolvedGate, now: number) {
  const { id: executionId, ownerId, rootExecutionId, workflowId, workflowType, title } = execution;
  return {
    ownerId,
    executionId,
    rootExecutionId,
    signalWorkflowId: workflowId,
    gate: gate.before,
    kind: gate.kind,
    title: title ?? workflowType,
    prompt: gatePrompt(gate, execution),
    options: gate.options ? [...gate.options] : null,
    assignees: [...gate.approvers],
    escalation: gate.escalation.map(({ to, afterMs }) => ({ to: [...to], afterMs })),
    quorum: gate.quorum,
    deadlineAt: gate.deadlineMs === null ? null : new Date(now + gate.deadlineMs),
    onTimeout: gate.onTimeout,
    createdAt: new Date(now),
  };
}
