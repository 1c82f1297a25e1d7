import type { EntityManager } from '@mikro-orm/postgresql';
import type { Actor } from '../../workflows/contract/executions.ts';
import type { Execution } from '../db/entities/execution.ts';
import { moveExecution } from '../executions/move-execution.ts';

/**
 * Makes the states of an execution and of those above it true again, whose rows are locked (root first): `paused` while
 * a person has paused them or a question is pending in them or under them, else `running`.
 */
export async function settleStates(
  em: EntityManager,
  line: readonly Execution[],
  actor: Actor,
): Promise<void> {
  await em.flush();
  const asking = await askingIn(em, line[0]!.rootExecutionId);
  for (const execution of line.toReversed()) {
    const { id, state, pausedByPerson } = execution;
    const isAsking = asking.has(id);
    if ((isAsking || pausedByPerson) && (state === 'running' || state === 'preparing')) {
      const reason = isAsking ? 'waits for people' : 'paused by a person';
      await moveExecution(em, execution, { to: 'paused', actor, reason });
    }
    if (!isAsking && !pausedByPerson && state === 'paused')
      await moveExecution(em, execution, { to: 'running', actor });
  }
  await em.flush();
}

/** The executions of a tree in which, or under which, a question is pending. */
async function askingIn(em: EntityManager, rootId: string): Promise<ReadonlySet<string>> {
  const rows = await em.execute<{ id: string }[]>(
    `with recursive asking (id) as (
       select execution_id from conclave.human_interaction where root_execution_id = ? and state = 'pending'
       union select e.parent_execution_id from conclave.execution e join asking a on e.id = a.id
         where e.parent_execution_id is not null
     ) select id from asking`,
    [rootId],
  );
  return new Set(rows.map(({ id }) => id));
}
