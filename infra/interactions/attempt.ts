import type { EntityManager } from '@mikro-orm/postgresql';
import { ExecutionStateHistory } from '../db/entities/execution-state-history.ts';

/** How often the execution was tried again: what a new attempt asks is another question. */
export async function attemptOf(em: EntityManager, executionId: string): Promise<number> {
  const queued = { executionId, agentExecutionId: null, newState: 'queued' } as const;
  return (await em.count(ExecutionStateHistory, queued)) - 1;
}
