import type { EntityManager } from '@mikro-orm/postgresql';
import { AgentExecution } from '../db/entities/agent-execution.ts';
import type { Execution } from '../db/entities/execution.ts';
import { seatRows } from './seat-rows.ts';

/** Writes the seats of an execution that has not begun, where they are missing, for rows that refer to them. */
export async function ensureSeats(em: EntityManager, execution: Execution): Promise<void> {
  const { id: executionId } = execution;
  if ((await em.count(AgentExecution, { executionId })) > 0) return;
  for (const row of seatRows(execution))
    em.create(AgentExecution, { ...row, state: 'queued', startedAt: null });
  await em.flush();
}
