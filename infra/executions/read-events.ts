import type { EntityManager } from '@mikro-orm/postgresql';
import type { Plan } from '../../workflows/contract/plans.ts';
import type { ExecutionState } from '../../workflows/domain/enums.ts';
import { progressOf } from './progress.ts';
import { readSpoken } from './read-spoken.ts';

/** An event of an execution that the relay has numbered. */
export interface NumberedEvent {
  readonly position: number;
  readonly eventType: string;
  readonly subjectId: string | null;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Events of an execution after a position, in order. */
export async function readEvents(
  em: EntityManager,
  executionId: string,
  after: number,
  limit: number,
): Promise<NumberedEvent[]> {
  const rows = await em.execute<(Omit<NumberedEvent, 'position'> & { position: string })[]>(
    `select position, event_type as "eventType", subject_id as "subjectId", payload
     from conclave.event where execution_id = ? and sequence is not null and position > ? order by sequence limit ?`,
    [executionId, after, limit],
  );
  return rows.map((row) => ({ ...row, position: Number(row.position) }));
}

/** What a stream that begins now begins with. */
export interface Beginning {
  /** The last that was given: what follows has a higher one. */
  readonly position: number;
  /** What the last change of state up to there says; null: none has a position yet, or it was removed long ago. */
  readonly state: NumberedEvent['payload'] | null;
  /** All messages up to there, in the order of their events; null: its event was removed long ago. */
  readonly messages: readonly { readonly id: string; readonly position: number | null }[];
}

/** Reads position first and messages after, so that nothing is left out and nothing comes again as an event. */
export async function readBeginning(em: EntityManager, executionId: string): Promise<Beginning> {
  const [last] = await em.execute<{ position: string | null; state: Beginning['state'] }[]>(
    `select max(position) as position, (array_agg(payload order by position desc)
       filter (where event_type like 'execution.%' and payload -> 'state' is not null))[1] as state
     from conclave.event where execution_id = ? and position is not null`,
    [executionId],
  );
  const position = Number(last?.position ?? 0);
  // A message without an event is old: its event was removed. One whose event has no number yet is still to come. What got
  // another place after a retry has two, and the newer one counts.
  const rows = await em.execute<{ id: string; position: string | null }[]>(
    `select id, position from (
       select distinct on (m.id) m.id, m.sequence, e.id as told, e.position from conclave.message m
       left join conclave.event e on e.execution_id = m.execution_id and e.subject_type = 'message' and e.subject_id = m.id
         and e.event_type <> 'message.sent'
       where m.execution_id = ? and m.superseded_at is null and m.sequence is not null
       order by m.id, e.position desc nulls first) m
     where told is null or position <= ?
     order by position nulls first, sequence`,
    [executionId, position],
  );
  return {
    position,
    state: last?.state ?? null,
    messages: rows.map((row) => ({
      id: row.id,
      position: row.position === null ? null : Number(row.position),
    })),
  };
}

/** How far an execution is, and whether events of it are still without a number. */
export interface Standing {
  readonly state: ExecutionState;
  readonly percentage: number;
  readonly message: string;
  readonly hasMore: boolean;
}

interface StandingRow {
  readonly state: ExecutionState;
  readonly plan: Plan;
  readonly seatCount: number;
  readonly output: Record<string, unknown> | null;
  readonly errorDetails: Record<string, unknown> | null;
  readonly hasMore: boolean;
}

/** Null when the execution is not there (any more). */
export async function readStanding(
  em: EntityManager,
  executionId: string,
): Promise<Standing | null> {
  const [row] = await em.execute<StandingRow[]>(
    `select e.state, e.definition - array['seats', 'notices', 'gates'] as plan,
       jsonb_array_length(e.definition -> 'seats') as "seatCount",
       e.output - array['votes', 'dissent', 'text'] as output, e.error_details as "errorDetails",
       exists (select from conclave.event v where v.execution_id = e.id and v.position is null) as "hasMore"
     from conclave.execution e where e.id = ?`,
    [executionId],
  );
  if (!row) return null;
  const { hasMore, ...parts } = row;
  const spokenIn = await readSpoken(em, [executionId]);
  return {
    state: parts.state,
    hasMore,
    ...progressOf({ ...parts, ...spokenIn(executionId) }),
  };
}
