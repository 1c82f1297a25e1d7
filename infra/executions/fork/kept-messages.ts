import type { EntityManager } from '@mikro-orm/postgresql';
import type { FailureCode } from '../../../workflows/contract/errors.ts';
import type { Ask } from '../../../workflows/contract/turns.ts';
import type { MessageType } from '../../../workflows/domain/enums.ts';
import type { MessageContent } from '../../db/entities/message.ts';

/** A message of the origin that its fork may keep. */
export interface OriginMessage {
  readonly id: string;
  readonly sequence: number;
  readonly round: number;
  readonly type: MessageType;
  /** Who said it; null: a person. */
  readonly slot: string | null;
  readonly content: MessageContent;
  readonly output: Readonly<Record<string, unknown>> | null;
  readonly failureCode: FailureCode | null;
  /** The answer to a gate. */
  readonly isAnswer: boolean;
  /** What the turn was asked; null for what people said, and for turns that ended before their first call. */
  readonly ask: Ask | null;
  /** Calls that were answered or failed: a rehearsal's script goes on after them. */
  readonly calls: number;
  readonly rehearsal: boolean;
  /** In a fork before, a person changed what it says. */
  readonly edited: boolean;
}

/** Calls stay with the execution that made them: of what was copied before, the copy says what there was. */
const SELECT = `
  select m.id, m.sequence, m.round, m.message_type as type, a.slot_name as slot, m.content, m.output,
    m.failure_code as "failureCode", m.message_type = 'interjection' and m.delivery_status is null as "isAnswer", coalesce(m.kept -> 'ask', c.ask) as ask,
    coalesce((m.kept ->> 'calls')::int, n.calls) as calls,
    coalesce((m.kept ->> 'rehearsal')::boolean, c.is_rehearsal, false) as rehearsal,
    coalesce((m.kept ->> 'edited')::boolean, false) as edited
  from conclave.message m
  left join conclave.agent_execution a on a.id = m.sender_id
  left join lateral (select ask, is_rehearsal from conclave.llm_call x where x.execution_id = m.execution_id
    and x.sequence = m.sequence and x.superseded_at is null order by x.call desc, x.ordinal desc limit 1) c on true
  cross join lateral (select count(*)::int as calls from conclave.llm_call x where x.execution_id = m.execution_id
    and x.sequence = m.sequence and x.superseded_at is null and x.state in ('succeeded', 'failed')) n
  where m.execution_id = ? and m.superseded_at is null and m.sequence <= ?
  order by m.sequence`;

/** What was said up to a message, which is the last; empty where there is no such message. */
export async function readPrefix(
  em: EntityManager,
  executionId: string,
  last: number,
): Promise<OriginMessage[]> {
  const rows = await em.execute<OriginMessage[]>(SELECT, [executionId, last]);
  return rows.at(-1)?.sequence === last ? rows : [];
}

/**
 * What of a prefix a fork keeps. A turn that came to nothing stays so where later rounds were held knowing of it;
 * otherwise, and where there was no money for it, it is tried anew. Answers to gates were given to the origin: a fork
 * asks its own, and what people say then takes the same place.
 */
export function keptOf(prefix: readonly OriginMessage[]): OriginMessage[] {
  const round = prefix.at(-1)?.round ?? 0;
  return prefix.filter(
    ({ failureCode, isAnswer, round: heldIn }) =>
      !isAnswer && (failureCode === null || (heldIn < round && failureCode !== 'budget_exhausted')),
  );
}

/** The sequences of free-text positions whose label a kept grouping has given. */
export function labelledBy(kept: readonly OriginMessage[]): ReadonlySet<number> {
  return new Set(kept.flatMap(({ ask }) => (ask?.kind === 'group' ? ask.sequences : [])));
}
