-- Agents that ask people. A call in which one asks instead of answering succeeds without a message: its question is kept
-- as its response. The answer stands in the interaction that shows the call (`infra/interactions/ask.ts`).

-- What the agent has asked in this turn before a call, in its order (AskedPerson[] with the call's id); `isOpen` while
-- nobody has answered. A call that was superseded is shown what was superseded with it.
create function conclave.turn_asked(p_execution uuid, p_sequence int, p_ask bytea, p_before smallint, p_superseded timestamptz) returns jsonb
language sql stable set search_path = conclave, pg_temp as $$
  select coalesce(jsonb_agg(convert_from(b.body, 'UTF8')::jsonb || jsonb_build_object('callId', c.id, 'call', c.call, 'isOpen', i.id is null,
      'answer', case i.decision when 'choose' then i.decided_value #>> '{}' when 'answer' then i.decided_value ->> 'text' end) order by c.call), '[]')
  from llm_call c
  join content_body b on b.owner_id = c.owner_id and b.sha256 = c.response_sha256
  left join human_interaction i on i.agent_execution_id = c.agent_execution_id and i.content ->> 'callId' = c.id::text
    and i.state in ('answered', 'expired')
  where c.execution_id = p_execution and c.sequence = p_sequence and c.ask_hash = p_ask and c.call < p_before
    and c.state = 'succeeded' and c.message_id is null and (c.superseded_at is null or c.superseded_at = p_superseded)
$$;

-- Sets aside what was asked for another ask at this place.
create function conclave.supersede_asked(p_execution uuid, p_sequence int, p_ask bytea) returns void
language sql volatile set search_path = conclave, pg_temp as $$
  update llm_call c set superseded_at = now() where c.execution_id = p_execution and c.sequence = p_sequence and c.superseded_at is null
    and exists (select from llm_call o where o.execution_id = p_execution and o.sequence = p_sequence and o.superseded_at is null
      and o.state = 'succeeded' and o.message_id is null and o.ask_hash <> p_ask)
$$;

-- Ends a call in which the agent asks a person. False: another attempt owns the call.
create function conclave.turn_ask(
  p_owner uuid, p_execution uuid, p_sequence int, p_call smallint, p_ordinal smallint, p_record jsonb, p_question text, p_llm_call uuid
) returns boolean language plpgsql set search_path = conclave, pg_temp as $$
declare
  f call_flight;
begin
  perform act_for(p_owner);
  f := take_flight(p_execution, p_sequence, p_call, p_ordinal);
  if f.execution_id is null then
    perform book_late(p_execution, p_sequence, p_call, p_ordinal, p_record);
    return exists (select from llm_call c where c.execution_id = p_execution and c.sequence = p_sequence and c.call = p_call
      and c.state = 'succeeded' and c.superseded_at is null);
  end if;
  perform record_call(f, p_llm_call, 'succeeded', f.ordinal, f.repeat_of_id, p_record, null, null, keep_text(p_owner, p_question));
  perform settle_budgets(f.budget_ids, f.tokens, f.usd,
    (p_record #>> '{usage,input}')::bigint + (p_record #>> '{usage,output}')::bigint, (p_record ->> 'costUsd')::numeric);
  return true;
end $$;
