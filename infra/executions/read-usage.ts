import type { EntityManager } from '@mikro-orm/postgresql';

/** What the calls of an execution came to, from the ledger: failed and repeated ones are paid for too. */
export interface Usage {
  /** Succeeded ones. */
  readonly calls: number;
  readonly attempts: number;
  readonly repeatedCalls: number;
  readonly failedCalls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** US dollars, six places. */
  readonly costUsd: string;
  readonly gpuSeconds: number;
  /** Some of it was rehearsed: no model was asked. */
  readonly rehearsal: boolean;
}

const NOTHING: Usage = {
  calls: 0,
  attempts: 0,
  repeatedCalls: 0,
  failedCalls: 0,
  inputTokens: 0,
  outputTokens: 0,
  costUsd: '0.000000',
  gpuSeconds: 0,
  rehearsal: false,
};

type UsageRow = Record<keyof Omit<Usage, 'gpuSeconds'> | 'executionId', string | number | boolean>;

/** `whole`: of the executions and of all below them; `own`: of themselves alone. */
export type UsageScope = 'own' | 'whole';

/** Sums over the ledger, per execution; calls that a fork copied are not its own. */
export async function readUsage(
  em: EntityManager,
  executionIds: readonly string[],
  scope: UsageScope = 'whole',
): Promise<(executionId: string) => Usage> {
  if (executionIds.length === 0) return () => NOTHING;
  const places = executionIds.map(() => '?').join(', ');
  const below = `select b.top, e.id from below b join conclave.execution e on e.parent_execution_id = b.id`;
  const usage = await em.execute<UsageRow[]>(
    `with recursive below (top, id) as (
       select id, id from conclave.execution where id in (${places})
       ${scope === 'whole' ? `union all ${below}` : ''}
     )
     select below.top as "executionId", count(*) filter (where state = 'succeeded') as calls, count(*) as attempts,
       count(*) filter (where repeat_of_id is not null) as "repeatedCalls",
       count(*) filter (where state = 'failed') as "failedCalls",
       sum(input_tokens) as "inputTokens", sum(output_tokens) as "outputTokens",
       sum(cost_usd)::numeric(20, 6)::text as "costUsd", bool_or(is_rehearsal) as rehearsal
     from below join conclave.llm_call on execution_id = below.id
     where copied_from_id is null group by below.top`,
    [...executionIds],
  );
  return (executionId) => {
    const calls = usage.find((row) => row.executionId === executionId);
    return calls ? usageOf(calls) : NOTHING;
  };
}

const usageOf = (row: UsageRow): Usage => ({
  calls: Number(row.calls),
  attempts: Number(row.attempts),
  repeatedCalls: Number(row.repeatedCalls),
  failedCalls: Number(row.failedCalls),
  inputTokens: Number(row.inputTokens),
  outputTokens: Number(row.outputTokens),
  costUsd: String(row.costUsd),
  gpuSeconds: 0,
  rehearsal: row.rehearsal === true,
});
