import type { EntityManager } from '@mikro-orm/postgresql';
import type { ResolvedAgent } from '../../workflows/contract/definition.ts';
import type { ExecutionInput } from '../../workflows/contract/executions.schema.ts';
import type { Ask } from '../../workflows/contract/turns.ts';
import { type HeardMessage, type Prompt, renderPrompt } from '../../workflows/domain/prompt.ts';
import type { AskedPerson } from '../../workflows/domain/prompts/asked-text.ts';
import type { ReadCall } from './read-calls.ts';

/** What a call asked, as it was worded then, and what came back. */
export interface Exchange {
  readonly asked: Prompt;
  /** Null while it is in flight and where nothing came back. */
  readonly answered: { readonly text: string; readonly data: unknown } | null;
}

interface Parts {
  readonly ask: Ask;
  readonly agent: ResolvedAgent;
  readonly input: ExecutionInput;
  readonly seed: string;
  readonly heard: readonly HeardMessage[];
  readonly omittedRounds: number;
  readonly asked: readonly AskedPerson[];
  readonly content: { readonly text: string; readonly data?: unknown } | null;
  /** The answer of this very call, where it was not valid. */
  readonly invalidText: string | null;
  /** The answer that this call repairs. */
  readonly invalidAnswer: string | null;
}

/** The room that the turn had for what it heard is worked out as `turn_begin` does. */
const PARTS = `
  with c as (
    select execution_id, sequence, call, agent_execution_id, ask, ask_hash, hears, message_id, response_sha256, superseded_at
    from conclave.llm_call where execution_id = ? and sequence = ? and call = ? and ordinal = ?
    union all
    select execution_id, sequence, call, agent_execution_id, ask, ask_hash, hears, null, null, null
    from conclave.call_flight where execution_id = ? and sequence = ? and call = ? and ordinal = ?
  )
  select c.ask, a.resolved_config as agent, e.input, e.origin_id as seed, h.messages as heard, h.omitted_rounds as "omittedRounds", m.content,
    conclave.turn_asked(c.execution_id, c.sequence, c.ask_hash, c.call, c.superseded_at) as asked,
    (select convert_from(b.body, 'UTF8') from conclave.content_body b
     where b.owner_id = e.owner_id and b.sha256 = c.response_sha256) as "invalidText",
    (select convert_from(b.body, 'UTF8') from conclave.llm_call p
     join conclave.content_body b on b.owner_id = p.owner_id and b.sha256 = p.response_sha256
     where p.execution_id = c.execution_id and p.sequence = c.sequence and p.call = c.call - 1
       and p.error_code = 'invalid_output' order by p.ordinal desc limit 1) as "invalidAnswer"
  from c
  join conclave.execution e on e.id = c.execution_id
  join conclave.agent_execution a on a.id = c.agent_execution_id
  left join conclave.message m on m.id = c.message_id
  cross join lateral (
    select min((x ->> 'contextWindow')::bigint - least((x ->> 'maxOutputTokens')::bigint, (a.resolved_config ->> 'maxTokens')::bigint))
      - a.prompt_token_estimate as tokens from jsonb_array_elements(a.resolved_config -> 'models') x
  ) room
  cross join lateral conclave.turn_heard(c.execution_id, c.agent_execution_id, c.hears,
    case when room.tokens is not null then greatest(room.tokens, 0) end) h`;

/** Renders a call from what it asked by reference; null when the call ended just now under another id. */
export async function readExchange(em: EntityManager, call: ReadCall): Promise<Exchange | null> {
  const { executionId, sequence, call: number, ordinal } = call;
  const key = [executionId, sequence, number, ordinal];
  const [parts] = await em.execute<Parts[]>(PARTS, [...key, ...key]);
  if (!parts) return null;
  const { content, invalidText, ...asked } = parts;
  const text = content?.text ?? invalidText;
  return {
    asked: renderPrompt({ ...asked, slot: call.slot }),
    answered: text === null ? null : { text, data: content?.data ?? null },
  };
}
