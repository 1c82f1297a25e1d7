import type { EntityManager } from '@mikro-orm/postgresql';
import type { MessageType } from '../../workflows/domain/enums.ts';
import type { MessageContent } from '../db/entities/message.ts';

/** A message with the names of who said it. */
export interface ReadMessage {
  readonly id: string;
  readonly executionId: string;
  readonly sequence: number;
  readonly round: number;
  readonly type: MessageType;
  readonly agentExecutionId: string | null;
  readonly slot: string | null;
  /** Of the agent, or of the person. */
  readonly name: string | null;
  /** Slots it is for; null: all. */
  readonly recipients: readonly string[] | null;
  readonly content: MessageContent;
  readonly choice: string | null;
  readonly confidence: number | null;
  readonly failureCode: string | null;
  readonly model: string | null;
  /** It was rehearsed: no model said it. */
  readonly rehearsal: boolean;
  /** It is the copy in a fork, and a person changed what it says. */
  readonly edited: boolean;
  readonly omittedRounds: number;
  readonly createdAt: string;
}

/** Which messages of an execution; superseded ones never. */
export interface MessageSelection {
  readonly executionId: string;
  /** Only those with a greater sequence. */
  readonly after?: number;
  /** Only these ids. */
  readonly ids?: readonly string[];
  readonly limit?: number;
}

/** The child whose output it is. */
const CHILD =
  "case when m.sender_kind = 'system' and m.message_type = 'response' then m.subtype end";

const SELECT = `
  select m.id, m.execution_id as "executionId", m.sequence, m.round, m.message_type as type,
    m.sender_id as "agentExecutionId", coalesce(a.slot_name, ${CHILD}) as slot, coalesce(a.display_name, u.username, ${CHILD}) as name,
    (select json_agg(s.slot_name order by s.position) from conclave.message_recipient r
     join conclave.agent_execution s on s.id = r.agent_execution_id where r.message_id = m.id) as recipients,
    m.content, m.choice, m.confidence, m.failure_code as "failureCode", m.model_name as model,
    coalesce((m.kept ->> 'rehearsal')::boolean, exists (select from conclave.llm_call c
      where c.execution_id = m.execution_id and c.sequence = m.sequence and c.message_id = m.id and c.is_rehearsal)) as rehearsal,
    coalesce((m.kept ->> 'edited')::boolean, false) as edited,
    m.omitted_rounds as "omittedRounds", m.created_at as "createdAt"
  from conclave.message m
  left join conclave.agent_execution a on a.id = m.sender_id
  left join conclave.user_account u on u.id = m.sender_user_id
  where m.execution_id = ? and m.superseded_at is null and m.sequence is not null`;

/** The messages of an execution in their order. */
export async function readMessages(
  em: EntityManager,
  { executionId, after = -1, ids, limit = 10_000 }: MessageSelection,
): Promise<ReadMessage[]> {
  if (ids?.length === 0) return [];
  const onlyIds = ids ? `and m.id in (${ids.map(() => '?').join(', ')})` : '';
  const rows = await em.execute<(Omit<ReadMessage, 'createdAt'> & { createdAt: string | Date })[]>(
    `${SELECT} and m.sequence > ? ${onlyIds} order by m.sequence limit ?`,
    [executionId, after, ...(ids ?? []), limit],
  );
  return rows.map((row) => ({ ...row, createdAt: new Date(row.createdAt).toISOString() }));
}
