import type { EntityManager } from '@mikro-orm/postgresql';

/** How much was said in an execution; of a compound: how many children have ended, and how many have begun. */
export interface Spoken {
  /** Turns taken, failed ones included. */
  readonly turns: number;
  /** The newest round in which somebody spoke. */
  readonly round: number;
}

const NOTHING: Spoken = { turns: 0, round: 0 };

type SpokenRow = Record<keyof Spoken | 'executionId', string | number>;

/** Counts messages, and children that have begun, per execution. */
export async function readSpoken(
  em: EntityManager,
  executionIds: readonly string[],
): Promise<(executionId: string) => Spoken> {
  if (executionIds.length === 0) return () => NOTHING;
  const places = executionIds.map(() => '?').join(', ');
  const spoken = await em.execute<SpokenRow[]>(
    `select execution_id as "executionId", count(*) as turns, max(round) as round
     from conclave.message where execution_id in (${places}) and superseded_at is null and sender_kind = 'agent'
     group by execution_id
     union all
     select parent_execution_id, count(completed_at), count(*)
     from conclave.execution where parent_execution_id in (${places}) and started_at is not null group by parent_execution_id`,
    [...executionIds, ...executionIds],
  );
  return (executionId) => {
    // Of a compound with a synthesizer both are there: the children come last.
    const said = spoken.findLast((row) => row.executionId === executionId);
    return said ? { turns: Number(said.turns), round: Number(said.round) } : NOTHING;
  };
}
