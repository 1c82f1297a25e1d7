import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { ForkExecution } from '../../../workflows/contract/control.schema.ts';
import { InvalidRequest, NotFound, type Problem } from '../../../workflows/contract/errors.ts';
import { extentOf } from '../../../workflows/domain/extent.ts';
import { Budget } from '../../db/entities/budget.ts';
import { Event } from '../../db/entities/event.ts';
import { Execution } from '../../db/entities/execution.ts';
import { newId } from '../../db/new-id.ts';
import { writeExecution } from '../write-execution.ts';
import { copyMessages } from './copy-messages.ts';
import { editLast } from './edit-message.ts';
import { forkedDefinition, inputProblems } from './forked-definition.ts';
import { forkedInput } from './forked-input.ts';
import { keptOf, type OriginMessage, readPrefix } from './kept-messages.ts';

/**
 * Writes an execution that begins as another one did, up to a message of it, within the caller's transaction; the caller
 * commits, and then starts it. What is kept is not asked for again and costs nothing. The origin may be in any state, and
 * stays as it is; the fork of a child is an execution of its own.
 */
export async function forkExecution(
  em: EntityManager,
  { id, userId }: { readonly id: string; readonly userId: string },
  body: ForkExecution,
): Promise<Execution> {
  // Nobody removes it, or what it said, meanwhile.
  const origin = await em.findOne(Execution, { id }, { lockMode: LockMode.PESSIMISTIC_READ });
  if (!origin) throw new NotFound('execution');
  const prefix = await readPrefix(em, id, body.fromMessage);
  const kept = keptOf(prefix);
  const changed = changedParts(origin, prefix, kept, body);
  const fork = await writeFork(em, origin, body.fromMessage, changed, userId);
  await copyMessages(em, fork.id, kept);
  if (body.edit) await editLast(em, fork, kept, body.edit.content);
  return fork;
}

/** What a compound came to stands in its children, and they are executions of their own. */
const WHOLE: Problem = {
  path: '',
  message:
    'A compound cannot be forked as a whole. Fork one of the executions in it, which GET /v1/executions/:id/tree shows, or start the whole anew.',
};

/** Definition and input of the fork. Throws all that is wrong with the request at once. */
function changedParts(
  origin: Execution,
  prefix: readonly OriginMessage[],
  kept: readonly OriginMessage[],
  { fromMessage, edit, config, input }: ForkExecution,
): Pick<Execution, 'definition' | 'input'> {
  if (origin.definition.workflow === 'compound') throw new InvalidRequest([WHOLE]);
  const problems: Problem[] = [];
  const last = prefix.at(-1);
  if (!last)
    problems.push({
      path: 'fromMessage',
      message: `There is no message ${fromMessage}; name the sequence of one that GET /v1/executions/${origin.id}/messages shows.`,
    });
  if (edit && last && last !== kept.at(-1))
    problems.push({
      path: 'edit',
      message: `Message ${fromMessage} is not kept: a turn that came to nothing is tried anew, and a gate asks anew, so there is nothing to edit.`,
    });
  const changed = {
    definition: forkedDefinition(origin.definition, config, problems),
    input: forkedInput(origin.input, input, kept, problems),
  };
  problems.push(...inputProblems(changed.definition, changed.input));
  const { step, most } = extentOf(changed.definition);
  if (config && last && step === 'round' && last.round > most)
    problems.push({
      path: 'config',
      message: `Message ${fromMessage} is of round ${last.round}, and this configuration ends after ${most}; keep fewer messages, or allow more rounds.`,
    });
  if (problems.length > 0) throw new InvalidRequest(problems);
  return changed;
}

async function writeFork(
  em: EntityManager,
  origin: Execution,
  forkedAtSequence: number,
  changed: Pick<Execution, 'definition' | 'input'>,
  userId: string,
): Promise<Execution> {
  const { ownerId, kind, projectId, topologyId, agentId, title, correlationId, metadata } = origin;
  const ceilings = await ceilingsOf(em, origin);
  const fork = await writeExecution(
    em,
    {
      id: newId(),
      ownerId,
      kind,
      ...changed,
      originId: origin.originId,
      forkedFromId: origin.id,
      forkedAtSequence,
      title: title ?? null,
      projectId: projectId ?? null,
      topologyId: topologyId ?? null,
      agentId: agentId ?? null,
      correlationId: correlationId ?? null,
      metadata,
      priority: origin.priority,
      // A deadline that has passed was the origin's, not this one's.
      deadlineAt: origin.deadlineAt && origin.deadlineAt > new Date() ? origin.deadlineAt : null,
    },
    ceilings,
    `user:${userId}`,
  );
  em.create(Event, forkedEvent(origin, fork, userId));
  await em.flush();
  return fork;
}

/** The origin's ceilings; a child without its own is held by those of the execution that contains it. */
async function ceilingsOf(
  em: EntityManager,
  { id, rootExecutionId }: Execution,
): Promise<Required<Pick<Budget, 'limitTokens' | 'limitUsd'>>> {
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
const forkedEvent = (origin: Execution, fork: Execution, userId: string) => ({
  id: newId(),
  ownerId: origin.ownerId,
  eventType: 'execution.forked',
  occurredAt: new Date(),
  source: 'api',
  actor: `user:${userId}`,
  projectId: origin.projectId ?? null,
  executionId: origin.id,
  correlationId: origin.correlationId ?? null,
  subjectType: 'execution',
  subjectId: fork.id,
  payload: { executionId: origin.id, forkId: fork.id, fromMessage: fork.forkedAtSequence },
});
