import type { EntityManager } from '@mikro-orm/postgresql';

/** Something that a person said to an execution. */
export interface ReadInterjection {
  readonly id: string;
  readonly text: string;
  /** Slots that hear it; null: all. */
  readonly to: readonly string[] | null;
  /** `expired`: the execution ended before anybody could hear it. */
  readonly state: 'waiting' | 'heard' | 'expired';
  readonly sequence: number | null;
  readonly createdAt: string;
}

const SELECT = `
  select m.id, m.content ->> 'text' as text, m.sequence, m.created_at as "createdAt",
    case when m.sequence is not null then 'heard' when m.delivery_status = 'expired' then 'expired' else 'waiting' end as state,
    (select json_agg(s.slot_name order by s.position) from conclave.message_recipient r
     join conclave.agent_execution s on s.id = r.agent_execution_id where r.message_id = m.id) as "to"
  from conclave.message m
  where m.execution_id = ? and m.message_type = 'interjection' and m.superseded_at is null
  order by m.sequence nulls last, m.created_at, m.id`;

/** What people said to an execution, in the order of the transcript; what has no place comes last. */
export async function readInterjections(
  em: EntityManager,
  executionId: string,
): Promise<ReadInterjection[]> {
  type Row = Omit<ReadInterjection, 'createdAt'> & { readonly createdAt: string | Date };
  const rows = await em.execute<Row[]>(SELECT, [executionId]);
  return rows.map((row) => ({ ...row, createdAt: new Date(row.createdAt).toISOString() }));
}
