import { LockMode, raw } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Execution } from '../db/entities/execution.ts';

/** An execution and all above it; nobody moves to another parent. */
const LINE_OF = `id in (
  with recursive line (id, parent) as (
    select id, parent_execution_id from conclave.execution where id = ?
    union select e.id, e.parent_execution_id from conclave.execution e join line on e.id = line.parent
  ) select id from line)`;

/**
 * Locks an execution and all that it is part of, the root first, in the caller's transaction; the execution itself is
 * the last. Empty when it is not there.
 */
export async function lockWithAncestors(em: EntityManager, id: string): Promise<Execution[]> {
  return em.find(
    Execution,
    { [raw(LINE_OF, [id])]: [] },
    { orderBy: { depth: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true },
  );
}

/** Locks an execution for a change that may concern those above it too; null when it is not there. */
export const lockExecution = async (em: EntityManager, id: string): Promise<Execution | null> =>
  (await lockWithAncestors(em, id)).at(-1) ?? null;
