import type { AGENT_STATUSES, AgentStateDetail } from './enums.ts';

/** What an agent can take on now, from its state, maintenance and load; the database has the same rule as a generated column. */
export function agentStatus(agent: {
  readonly stateDetail: AgentStateDetail;
  readonly inMaintenance: boolean;
  readonly runningCount: number;
  readonly maxConcurrency: number;
}): (typeof AGENT_STATUSES)[number] {
  const { stateDetail, inMaintenance, runningCount, maxConcurrency } = agent;
  if (stateDetail === 'error') return 'error';
  if (inMaintenance && stateDetail !== 'terminated') return 'maintenance';
  if (stateDetail !== 'active') return 'inactive';
  return runningCount >= maxConcurrency ? 'busy' : 'active';
}
