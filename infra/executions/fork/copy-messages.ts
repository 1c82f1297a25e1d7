import type { EntityManager } from '@mikro-orm/postgresql';
import type { KeptTurn } from '../../db/entities/message.ts';
import { derivedId } from '../../db/new-id.ts';
import { labelledBy, type OriginMessage } from './kept-messages.ts';

/** The id of a fork's copy of a message. */
export const copyId = (forkId: string, sequence: number): string =>
  derivedId(forkId, `message/${sequence}`);

/**
 * Without a hash of what was asked, so that a turn of the fork takes it as it is. Seats are found by their slots. A
 * position in free text has its own words again where the grouping that labelled it is not kept.
 */
const COPY = `
  insert into conclave.message (id, owner_id, execution_id, sequence, round, sender_kind, sender_id, sender_agent_id,
    sender_user_id, message_type, subtype, content, token_estimate, output, choice, value, verdict, findings, confidence,
    weight, abstained, quality_score, reasoning, failure_code, omitted_rounds, model_name, delivery_status, delivered_at,
    copied_from_id, is_checkpoint, kept, created_at)
  select k.id, m.owner_id, ?, m.sequence, m.round, m.sender_kind, s.id, m.sender_agent_id,
    m.sender_user_id, m.message_type, m.subtype, m.content, m.token_estimate, m.output,
    case when k.labelled or m.choice is null then m.choice else m.output ->> 'position' end, m.value, m.verdict, m.findings, m.confidence,
    m.weight, m.abstained, m.quality_score, m.reasoning, m.failure_code, m.omitted_rounds, m.model_name, m.delivery_status, m.delivered_at,
    m.id, m.is_checkpoint, k.kept, m.created_at
  from jsonb_to_recordset(?::jsonb) as k (id uuid, source uuid, labelled boolean, kept jsonb)
  join conclave.message m on m.id = k.source
  left join conclave.agent_execution o on o.id = m.sender_id
  left join conclave.agent_execution s on s.execution_id = ? and s.slot_name = o.slot_name`;

const RECIPIENTS = `
  insert into conclave.message_recipient (message_id, agent_execution_id, owner_id, delivery_status, delivered_at)
  select m.id, s.id, m.owner_id, r.delivery_status, r.delivered_at
  from conclave.message m
  join conclave.message_recipient r on r.message_id = m.copied_from_id
  join conclave.agent_execution o on o.id = r.agent_execution_id
  join conclave.agent_execution s on s.execution_id = m.execution_id and s.slot_name = o.slot_name
  where m.execution_id = ?`;

/** Writes copies of what a fork keeps, under its own seats. Nothing else of the origin's is copied: calls and their cost stay there. */
export async function copyMessages(
  em: EntityManager,
  forkId: string,
  kept: readonly OriginMessage[],
): Promise<void> {
  const labelled = labelledBy(kept);
  const copies = kept.map(({ id, sequence, output, ask, before, calls, rehearsal, edited }) => ({
    id: copyId(forkId, sequence),
    source: id,
    labelled: labelled.has(sequence) || typeof output?.['position'] !== 'string',
    kept: { ask, before, calls, rehearsal, edited } satisfies KeptTurn,
  }));
  await em.execute(COPY, [forkId, JSON.stringify(copies), forkId]);
  await em.execute(RECIPIENTS, [forkId]);
}
