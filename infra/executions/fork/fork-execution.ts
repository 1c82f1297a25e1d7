import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { ForkExecution } from '../../../workflows/contract/control.schema.ts';
import { InvalidRequest, NotFound, type Problem } from '../../../workflows/contract/errors.ts';
import { extentOf } from '../../../workflows/domain/extent.ts';
import { Execution } from '../../db/entities/execution.ts';
import { itemProblems } from '../check-items.ts';
import { editLast } from './edit-message.ts';
import { forkedDefinition, inputProblems } from './forked-definition.ts';
import { forkedInput } from './forked-input.ts';
import { keptOf, type OriginMessage, readPrefixes } from './kept-messages.ts';
import { originOf, withChanges } from './origins.ts';
import { writeFork } from './write-fork.ts';

/**
 * Writes an execution that begins as another one did, up to a message of it, within the caller's transaction; the caller
 * commits, and then starts it. What is kept is not asked for again and costs nothing. The origin may be in any state, and
 * stays as it is. The fork of a child is an execution of its own, or with `whole` a fork of all that it is part of.
 */
export async function forkExecution(
  em: EntityManager,
  { id, userId }: { readonly id: string; readonly userId: string },
  body: ForkExecution,
): Promise<Execution> {
  const named = await em.findOne(Execution, { id });
  if (!named) throw new NotFound('execution');
  const top = await lock(em, body.whole ? named.rootExecutionId : id);
  const family = await familyOf(em, top);
  const { fromMessage, edit } = body;
  const prefixes = await readPrefixes(
    em,
    family.map((each) => each.id),
    { executionId: id, sequence: fromMessage },
  );
  const changed = await changedParts(em, named, prefixes.said.get(id) ?? [], body);
  const origin = withChanges(originOf(top, family, id, prefixes), id, changed);
  return writeFork(em, origin, {
    userId,
    named: { id, fromMessage },
    edit: async (copy, { execution, kept }) => {
      if (edit && execution.id === id) await editLast(em, copy, kept, edit.content);
    },
  });
}

/** Nobody removes it, or what was said in it, meanwhile. */
async function lock(em: EntityManager, id: string): Promise<Execution> {
  const lockMode = LockMode.PESSIMISTIC_READ;
  const top = await em.findOne(Execution, { id }, { lockMode, refresh: true });
  if (!top) throw new NotFound('execution');
  return top;
}

/** An execution and all in it, level by level. */
async function familyOf(em: EntityManager, top: Execution): Promise<Execution[]> {
  const family = [top];
  for (let level = family; level.length > 0; family.push(...level)) {
    const parentExecutionId = { $in: level.map(({ id }) => id) };
    level = await em.find(Execution, { parentExecutionId }, { orderBy: { id: 'asc' } });
  }
  return family;
}

/** Definition and input of the fork. Throws all that is wrong with the request at once. */
async function changedParts(
  em: EntityManager,
  origin: Execution,
  prefix: readonly OriginMessage[],
  { fromMessage, edit, config, input }: ForkExecution,
): Promise<Pick<Execution, 'definition' | 'input'>> {
  const problems: Problem[] = [];
  const kept = keptOf(prefix);
  const last = prefix.at(-1);
  if (!last) problems.push({ path: 'fromMessage', message: unsaid(origin, fromMessage) });
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
  const { ownerId } = origin;
  problems.push(...(await itemProblems({ em, ownerId }, input?.items, changed.definition)));
  const { step, most } = extentOf(changed.definition);
  if (config && last && step === 'round' && last.round > most)
    problems.push({
      path: 'config',
      message: `Message ${fromMessage} is of round ${last.round}, and this configuration ends after ${most}; keep fewer messages, or allow more rounds.`,
    });
  if (problems.length > 0) throw new InvalidRequest(problems);
  return changed;
}

/** What a compound came to was said in its children; it has messages of its own only where a synthesizer sits. */
const unsaid = ({ id, definition }: Execution, sequence: number): string =>
  definition.workflow === 'compound'
    ? `There is no message ${sequence} of the compound itself. Fork one of the executions in it, which GET /v1/executions/${id}/tree shows, with "whole": true.`
    : `There is no message ${sequence}; name the sequence of one that GET /v1/executions/${id}/messages shows.`;
