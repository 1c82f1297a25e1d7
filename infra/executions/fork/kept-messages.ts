import type { EntityManager } from '@mikro-orm/postgresql';
import type { FailureCode } from '../../../workflows/contract/errors.ts';
import type { Ask } from '../../../workflows/contract/turns.ts';
import type { MessageType } from '../../../workflows/domain/enums.ts';
import type { MessageContent } from '../../db/entities/message.ts';

/** A message of the origin that its fork may keep. */
export interface OriginMessage {
  readonly id: string;
  readonly executionId: string;
  readonly sequence: number;
  readonly round: number;
  readonly type: MessageType;
  /** Who said it; null: a person. */
  readonly slot: string | null;
  readonly content: MessageContent;
  readonly output: Readonly<Record<string, unknown>> | null;
  readonly failureCode: FailureCode | null;
  /** What a child came to, posted for the synthesizer. */
  readonly isResult: boolean;
  /** The answer to a gate. */
  readonly isAnswer: boolean;
  /** What the turn was asked; null for what people said, and for turns that ended before their first call. */
  readonly ask: Ask | null;
  /** Its turn was planned when turns before this one had ended; null where nothing was asked. */
  readonly before: number | null;
  /** Calls that were answered or failed: a rehearsal's script goes on after them. */
  readonly calls: number;
  readonly rehearsal: boolean;
  /** In a fork before, a person changed what it says. */
  readonly edited: boolean;
}

/** Where a fork begins: the last message that is kept. */
interface ForkPoint {
  readonly executionId: string;
  readonly sequence: number;
}

/** When a message took its place: what people say waits for it. */
const placedAt = (message: string): string =>
  `coalesce(${message}.delivered_at, ${message}.created_at)`;

/** The message that a fork begins at, and those of the executions that are copied. */
const SAID = `
  from conclave.message last
  join conclave.message m on m.execution_id = any(string_to_array(?, ',')::uuid[])
    and m.superseded_at is null and m.sequence is not null`;

/** In the execution itself its numbers decide, elsewhere the time. */
const BY_THEN = `case when m.execution_id = last.execution_id then m.sequence <= last.sequence
  else ${placedAt('m')} <= ${placedAt('last')} end`;

const AT_POINT = 'last.execution_id = ? and last.sequence = ? and last.superseded_at is null';

/** Calls stay with the execution that made them: of what was copied before, the copy says what there was. */
const SELECT = `
  select m.id, m.execution_id as "executionId", m.sequence, m.round, m.message_type as type, a.slot_name as slot,
    m.content, m.output, m.failure_code as "failureCode",
    m.sender_kind = 'system' and m.message_type = 'response' as "isResult",
    m.message_type = 'interjection' and m.delivery_status is null as "isAnswer", coalesce(m.kept -> 'ask', c.ask) as ask,
    coalesce((m.kept ->> 'before')::int, c.before) as before,
    coalesce((m.kept ->> 'calls')::int, n.calls) as calls,
    coalesce((m.kept ->> 'rehearsal')::boolean, c.is_rehearsal, false) as rehearsal,
    coalesce((m.kept ->> 'edited')::boolean, false) as edited
  ${SAID}
  left join conclave.agent_execution a on a.id = m.sender_id
  left join lateral (select ask, (hears ->> 'before')::int as before, is_rehearsal from conclave.llm_call x where x.execution_id = m.execution_id
    and x.sequence = m.sequence and x.superseded_at is null order by x.call desc, x.ordinal desc limit 1) c on true
  cross join lateral (select count(*)::int as calls from conclave.llm_call x where x.execution_id = m.execution_id
    and x.sequence = m.sequence and x.superseded_at is null and x.state in ('succeeded', 'failed')) n
  where ${AT_POINT} and ${BY_THEN}
  order by m.sequence`;

const WENT_ON = `select distinct m.execution_id as id ${SAID} where ${AT_POINT} and not ${BY_THEN}`;

/** What had been said in some executions when a message of one of them was. */
export interface Prefixes {
  /** By execution; without any where there is no such message. */
  readonly said: ReadonlyMap<string, readonly OriginMessage[]>;
  /** Those that said more afterwards. */
  readonly wentOn: ReadonlySet<string>;
}

/** What was said in these executions up to a message, which is the last one of its execution. */
export async function readPrefixes(
  em: EntityManager,
  executionIds: readonly string[],
  last: ForkPoint,
): Promise<Prefixes> {
  const at = [executionIds.join(','), last.executionId, last.sequence];
  const said = await em.execute<OriginMessage[]>(SELECT, at);
  const wentOn = await em.execute<{ id: string }[]>(WENT_ON, at);
  return {
    said: Map.groupBy(said, ({ executionId }) => executionId),
    wentOn: new Set(wentOn.map(({ id }) => id)),
  };
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
