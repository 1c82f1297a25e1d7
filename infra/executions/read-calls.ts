import type { EntityManager } from '@mikro-orm/postgresql';
import { derivedId } from '../db/new-id.ts';

/** A call of the ledger, ended or in flight. */
export interface ReadCall {
  readonly id: string;
  readonly executionId: string;
  readonly agentExecutionId: string;
  readonly slot: string;
  readonly round: number;
  readonly sequence: number;
  readonly call: number;
  readonly ordinal: number;
  readonly state: 'started' | 'succeeded' | 'failed' | 'abandoned';
  readonly attempts: number;
  readonly repeatOf: string | null;
  readonly provider: string;
  readonly model: string;
  readonly rehearsal: boolean;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** US dollars, six places. */
  readonly costUsd: string;
  readonly waitedBudgetMs: number;
  readonly waitedRateMs: number;
  readonly waitedGpuMs: number;
  readonly latencyMs: number | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly startedAt: string;
  readonly completedAt: string | null;
}

const SHARED = `execution_id as "executionId", agent_execution_id as "agentExecutionId", slot_name as slot, round, sequence,
  call, ordinal, attempts, repeat_of_id as "repeatOf", provider_name as provider, model_name as model,
  waited_budget_ms as "waitedBudgetMs", waited_rate_ms as "waitedRateMs",
  started_at as "startedAt"`;

/** Ledger and flights have the same columns here, so that they can be read as one list. */
const CALLS = `
  select id, ${SHARED}, state, is_rehearsal as rehearsal, input_tokens as "inputTokens", output_tokens as "outputTokens",
    cost_usd::numeric(14, 6)::text as "costUsd", waited_gpu_ms as "waitedGpuMs", latency_ms as "latencyMs",
    error_code as "errorCode", error_message as "errorMessage", finished_at as "completedAt"
  from conclave.llm_call where execution_id = ?
  union all
  select null, ${SHARED}, 'started', false, 0, 0, '0.000000', 0, null, null, null, null
  from conclave.call_flight where execution_id = ?`;

type Row = Omit<ReadCall, 'id' | 'startedAt' | 'completedAt' | 'inputTokens' | 'outputTokens'> & {
  readonly inputTokens: string;
  readonly outputTokens: string;
  readonly id: string | null;
  readonly startedAt: string | Date;
  readonly completedAt: string | Date | null;
};

/** Calls of an execution in the order of their keys, those after a key only. */
export async function readCalls(
  em: EntityManager,
  executionId: string,
  after: readonly number[],
  limit: number,
): Promise<ReadCall[]> {
  const rows = await em.execute<Row[]>(
    `select * from (${CALLS}) c where (sequence, call, ordinal) > (?, ?, ?) order by sequence, call, ordinal limit ?`,
    [executionId, executionId, ...after, limit],
  );
  return rows.map(toCall);
}

/** One call of an execution; null when there is none of that id. */
export async function readCall(
  em: EntityManager,
  executionId: string,
  id: string,
): Promise<ReadCall | null> {
  const rows = await em.execute<Row[]>(`select * from (${CALLS}) c where id = ? or id is null`, [
    executionId,
    executionId,
    id,
  ]);
  return rows.map(toCall).find((call) => call.id === id) ?? null;
}

const toCall = (row: Row): ReadCall => ({
  ...row,
  // A flight has no id of its own: this one is the same until it ends.
  id: row.id ?? derivedId(row.executionId, `flight/${row.sequence}/${row.call}/${row.ordinal}`),
  inputTokens: Number(row.inputTokens),
  outputTokens: Number(row.outputTokens),
  startedAt: new Date(row.startedAt).toISOString(),
  completedAt: row.completedAt === null ? null : new Date(row.completedAt).toISOString(),
});
