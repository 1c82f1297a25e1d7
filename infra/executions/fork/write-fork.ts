import type { EntityManager } from '@mikro-orm/postgresql';
import { Budget } from '../../db/entities/budget.ts';
import type { Execution } from '../../db/entities/execution.ts';
import { newId } from '../../db/new-id.ts';
import { recordEvent } from '../../db/record-event.ts';
import { budgetIn, placeIn } from '../children/place.ts';
import { type NewBudget, writeExecution } from '../write-execution.ts';
import { copyMessages } from './copy-messages.ts';
import type { Origin } from './origins.ts';

/** Who forks, and what is done with each copy once its messages are there. */
interface Forking {
  readonly userId: string;
  /** The execution whose message was named, and the number of that. */
  readonly named: { readonly id: string; readonly fromMessage: number };
  readonly edit: (copy: Execution, origin: Origin) => Promise<void>;
}

/** Writes a copy of an execution, with those inside it that had begun, as an execution of its own. */
export async function writeFork(
  em: EntityManager,
  origin: Origin,
  forking: Forking,
): Promise<Execution> {
  const ceilings = await ceilingsOf(em, origin.execution);
  return writeCopy(em, origin, { id: newId() }, ceilings, forking);
}

async function writeCopy(
  em: EntityManager,
  origin: Origin,
  place: { readonly id: string } | ReturnType<typeof placeIn>,
  ceilings: NewBudget,
  forking: Forking,
): Promise<Execution> {
  const { execution, definition, input, kept, children } = origin;
  const { userId, named } = forking;
  const copy = await writeExecution(
    em,
    {
      ...carriedOver(execution),
      ...place,
      definition,
      input,
      forkedFromId: execution.id,
      // Where nothing is kept of what it said itself, it begins before its first message.
      forkedAtSequence:
        execution.id === named.id ? named.fromMessage : (kept.at(-1)?.sequence ?? 0),
    },
    ceilings,
    `user:${userId}`,
  );
  recordFork(em, execution, copy, userId);
  await em.flush();
  await copyMessages(em, copy.id, kept);
  await forking.edit(copy, origin);
  for (const child of children)
    await writeCopy(
      em,
      child,
      placeIn(copy, child.execution.parentSlot ?? ''),
      await budgetIn(em, copy),
      forking,
    );
  return copy;
}

function carriedOver(origin: Execution) {
  const { ownerId, kind, originId, title, projectId, topologyId, agentId } = origin;
  const { correlationId, metadata, priority, deadlineAt } = origin;
  return {
    ownerId,
    kind,
    originId,
    title: title ?? null,
    projectId: projectId ?? null,
    topologyId: topologyId ?? null,
    agentId: agentId ?? null,
    correlationId: correlationId ?? null,
    metadata,
    priority,
    // A deadline that has passed was the origin's, not this one's.
    deadlineAt: deadlineAt && deadlineAt > new Date() ? deadlineAt : null,
  };
}

/** The origin's ceilings; a child without its own is held by those of the execution that contains it. */
async function ceilingsOf(
  em: EntityManager,
  { id, rootExecutionId }: Execution,
): Promise<NewBudget> {
  const budgets = await em.find(Budget, {
    scope: 'execution',
    scopeId: { $in: [id, rootExecutionId] },
  });
  const of = (scopeId: string) => budgets.find((budget) => budget.scopeId === scopeId);
  const [own, root] = [of(id), of(rootExecutionId)];
  return {
    limitTokens: own?.limitTokens ?? root?.limitTokens ?? null,
    limitUsd: own?.limitUsd ?? root?.limitUsd ?? null,
  };
}

/** The origin's: whoever watches it learns of its fork. */
function recordFork(em: EntityManager, origin: Execution, fork: Execution, userId: string): void {
  recordEvent(
    em,
    {
      ownerId: origin.ownerId,
      eventType: 'execution.forked',
      source: 'api',
      actor: `user:${userId}`,
      subjectType: 'execution',
      subjectId: fork.id,
      payload: { executionId: origin.id, forkId: fork.id, fromMessage: fork.forkedAtSequence },
    },
    origin,
  );
}
