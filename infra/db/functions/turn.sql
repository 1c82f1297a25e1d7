-- A turn in two transactions of one round trip each: turn_begin, then turn_succeed or turn_fail.
-- All run as their caller (row-level security applies) and set the owner's context themselves.
-- Lock order: flight, message, call, event, budgets last (leaf to root).
-- Their statements are planned once a connection: each finds few rows by a key, whatever the key.

-- Lets the rest of the transaction see what belongs to one owner, as the API does for a request.
create function conclave.act_for(p_owner uuid) returns void
language sql volatile set search_path = conclave, pg_temp as $$
  select set_config('app.user_id', p_owner::text, true), set_config('app.role', '', true),
         set_config('app.principals', 'user:' || p_owner, true);
$$;

-- What the ledger knows of a turn that was taken (StoredTurn); null when there is none.
create function conclave.turn_stored(p_execution uuid, p_sequence int) returns jsonb
language sql stable set search_path = conclave, pg_temp as $$
  select jsonb_build_object(
    'messageId', m.id, 'choice', m.choice, 'output', m.output,
    'position', (select o.n - 1 from execution e, jsonb_array_elements_text(e.input -> 'options') with ordinality o (value, n)
                 where e.id = p_execution and o.value = m.choice), 'confidence', m.confidence, 'abstained', m.abstained,
    'tokens', coalesce(sum(c.input_tokens + c.output_tokens), 0), 'costUsd', coalesce(sum(c.cost_usd), 0)::text,
    'seed', (select e.origin_id from execution e where e.id = p_execution),
    'team', (select jsonb_build_object('config', e.definition -> 'config', 'fallbackSlot', e.definition -> 'fallbackSlot', 'seats', (
        select jsonb_agg(jsonb_build_object('slot', s -> 'slot', 'otherWork', coalesce(s -> 'otherWork', '0'),
          'agent', jsonb_build_object('capabilities', s #> '{agent,capabilities}')))
        from jsonb_array_elements(e.definition -> 'seats') s))
      from execution e where m.output ? 'plan' and e.id = p_execution and e.workflow_type = 'delegation'))
  from message m
  left join llm_call c on c.execution_id = m.execution_id and c.sequence = m.sequence and c.superseded_at is null
  where m.execution_id = p_execution and m.sequence = p_sequence and m.superseded_at is null and m.failure_code is null
  group by m.id;
$$;

-- Books a call's cost in every budget of the path and gives its reservation back. What does not fit is overrun.
create function conclave.settle_budgets(p_path uuid[], p_held_tokens bigint, p_held_usd numeric, p_tokens bigint, p_usd numeric)
returns void language plpgsql set search_path = conclave, pg_temp as $$
begin
  for i in reverse cardinality(p_path)..1 loop
    update budget b set
      reserved_tokens = b.reserved_tokens - p_held_tokens,
      reserved_usd = b.reserved_usd - p_held_usd,
      used_tokens = b.used_tokens + p_tokens - over.tokens,
      overrun_tokens = b.overrun_tokens + over.tokens,
      used_usd = b.used_usd + p_usd - over.usd,
      overrun_usd = b.overrun_usd + over.usd
    from (
      select greatest(0, p_tokens - coalesce(x.limit_tokens - x.used_tokens - x.reserved_tokens + p_held_tokens, p_tokens)) as tokens,
             greatest(0, p_usd - coalesce(x.limit_usd - x.used_usd - x.reserved_usd + p_held_usd, p_usd)) as usd
      from budget x where x.id = p_path[i] for update
    ) over
    where b.id = p_path[i];
  end loop;
end $$;

-- Room for a worst case in every budget of the path: 'ok' (and reserved), 'waiting' or 'exhausted' (and nothing changed).
create function conclave.reserve_budgets(p_path uuid[], p_tokens bigint, p_usd numeric)
returns text language plpgsql set search_path = conclave, pg_temp as $$
declare
  b record;
  verdict text := 'ok';
begin
  for i in reverse cardinality(p_path)..1 loop
    select * into b from budget where id = p_path[i] for update;
    if b.is_closed
      or b.used_tokens + b.overrun_tokens + p_tokens > b.limit_tokens
      or b.used_usd + b.overrun_usd + p_usd > b.limit_usd then
      return 'exhausted';
    end if;
    if b.used_tokens + b.overrun_tokens + b.reserved_tokens + p_tokens > b.limit_tokens
      or b.used_usd + b.overrun_usd + b.reserved_usd + p_usd > b.limit_usd then
      verdict := 'waiting';
    end if;
  end loop;
  if verdict = 'ok' then
    for i in 1..cardinality(p_path) loop
      update budget set reserved_tokens = reserved_tokens + p_tokens, reserved_usd = reserved_usd + p_usd where id = p_path[i];
    end loop;
  end if;
  return verdict;
end $$;

-- How much of p_room each of these sizes gets so that they fit together: an equal share, where what is smaller leaves its
-- room to the others.
create function conclave.equal_share(p_sizes bigint[], p_room bigint) returns bigint
language sql immutable set search_path = conclave, pg_temp as $$
  select max(floor((p_room - before) / others))::bigint from (
    select sum(size) over (order by size, n) - size as before, count(*) over () - row_number() over (order by size, n) + 1 as others
    from unnest(p_sizes) with ordinality u (size, n)
  ) x;
$$;

-- Tokens that a text takes, as `estimateTokens` counts them.
create function conclave.text_tokens(p_text text) returns bigint
language sql immutable set search_path = conclave, pg_temp as $$
  select (octet_length(p_text) + 2) / 3;
$$;

-- As much of a text's beginning as fits into p_tokens (at least 4) together with the mark that the rest is missing.
create function conclave.cut_text(p_text text, p_tokens bigint) returns text
language plpgsql immutable set search_path = conclave, pg_temp as $$
declare
  c_mark constant text := ' [… cut]';
  v_bytes bytea := convert_to(p_text, 'UTF8');
  v_end int := 3 * p_tokens - octet_length(c_mark);
begin
  if text_tokens(p_text) <= p_tokens then return p_text; end if;
  while get_byte(v_bytes, v_end) & 192 = 128 loop   -- in the middle of a character
    v_end := v_end - 1;
  end loop;
  return convert_from(substring(v_bytes from 1 for v_end), 'UTF8') || c_mark;
end $$;

-- What a turn hears: the newest whole rounds that fit into p_room tokens, and always the seat's own last words. Where not even
-- the newest round fits, its messages and those last words are cut to equal shares of the room, so that every seat of it is
-- heard; what people say is never cut, and where that leaves no room for a few words each, the round is left out.
-- Failed turns, groupings and superseded messages are never heard; what a person said is, by those it is meant for.
-- It reads what may be heard and no more: rounds are spoken one after the other, so that what is too early ends where one
-- of an earlier round stands, and interjections have an index of their own. Both are asked for in the order of their numbers,
-- so that no plan, however small the table when it was made, goes through all of an execution's messages.
create function conclave.turn_heard(p_execution uuid, p_seat uuid, p_hears jsonb, p_room bigint)
returns table (messages jsonb, fingerprint text, tokens bigint, omitted_rounds int)
language sql stable set search_path = conclave, pg_temp as $$
  with candidate as (
    -- What a child execution came to stands there under the child's name.
    select m.*, coalesce(a.slot_name, case when m.sender_kind = 'system' then m.subtype end) as slot_name,
      coalesce(a.display_name, case when m.sender_kind = 'system' then m.subtype end) as display_name,
      m.token_estimate + greatest(coalesce(octet_length(m.choice), 0) - 24, 0) / 3
        + case when p_hears ? 'data' then coalesce(octet_length(m.output::text), 0) / 3 else 0 end as heard_tokens
    from (
      (select * from message m
      where m.execution_id = p_execution and m.superseded_at is null and m.failure_code is null and m.message_type = 'response'
        and m.sequence < (p_hears ->> 'before')::int
        and m.sequence > (select case
          when p_hears ? 'sequences' then (select min(sequence::int) - 1 from jsonb_array_elements_text(p_hears -> 'sequences') x (sequence))
          when (p_hears #>> '{rounds,from}')::int > 1 then coalesce((select e.sequence from message e
            where e.execution_id = p_execution and e.superseded_at is null and e.sequence < (p_hears ->> 'before')::int
              and e.round < (p_hears #>> '{rounds,from}')::int order by e.sequence desc limit 1), 0)
          else 0 end)
        and (p_hears -> 'rounds' is null or m.round between (p_hears #>> '{rounds,from}')::int and (p_hears #>> '{rounds,to}')::int)
        and (p_hears -> 'sequences' is null or p_hears -> 'sequences' @> to_jsonb(m.sequence))
      order by m.sequence)
      union all
      (select * from message m
      where m.execution_id = p_execution and m.superseded_at is null and m.message_type = 'interjection'
        and m.sequence < (p_hears ->> 'before')::int
        and (not exists (select from message_recipient r where r.message_id = m.id)
          or exists (select from message_recipient r where r.message_id = m.id and r.agent_execution_id = p_seat))
      order by m.sequence)
    ) m
    left join agent_execution a on a.id = m.sender_id
    where m.message_type = 'interjection' or p_hears -> 'slots' is null or p_hears -> 'slots' ? a.slot_name
  ), by_round as (
    select round, sum(sum(heard_tokens)) over (order by round desc) as running from candidate group by round
  ), own_last as (
    select id from candidate where sender_id = p_seat order by sequence desc limit 1
  ), newest as (
    select round from candidate where message_type = 'response' order by round desc limit 1
  ), share as (
    -- Tokens for each text, where the newest round does not fit: what is left of the room by all that is not cut.
    select tokens from (
      select equal_share(
        array_agg(text_tokens(c.content ->> 'text')) filter (where c.message_type = 'response'),
        p_room - sum(c.heard_tokens - case when c.message_type = 'response' then text_tokens(c.content ->> 'text') else 0 end)::bigint) as tokens
      from candidate c, newest n join by_round r using (round)
      where r.running > p_room and (c.round >= n.round or c.id = (select id from own_last))
    ) x where tokens >= 8
  ), heard as (
    select c.*, case when r.running > p_room and c.message_type = 'response' and text_tokens(c.content ->> 'text') > s.tokens then s.tokens end as cut_to
    from candidate c join by_round r using (round) left join share s on true
    where p_room is null or r.running <= p_room or c.id = (select id from own_last) or s.tokens is not null and c.round >= (select round from newest)
  )
  select
    coalesce(jsonb_agg(jsonb_build_object(
      'sequence', h.sequence, 'round', h.round, 'kind', case when h.sender_kind = 'user' then 'user' else 'agent' end,
      'slot', h.slot_name, 'name', coalesce(h.display_name, 'a person'),
      'text', case when h.cut_to is null then h.content ->> 'text' else cut_text(h.content ->> 'text', h.cut_to) end,
      'choice', h.choice, 'position', h.output ->> 'position', 'confidence', h.confidence, 'own', h.sender_id is not distinct from p_seat
    ) || case when p_hears ? 'data' then jsonb_build_object('data', h.output, 'weight', h.weight) else '{}' end order by h.sequence), '[]'),
    coalesce(string_agg(h.sequence || ':' || encode(sha256(convert_to(h.content::text, 'UTF8')), 'hex') || coalesce('/' || h.cut_to, ''), ',' order by h.sequence), ''),
    coalesce(sum(h.heard_tokens - coalesce(text_tokens(h.content ->> 'text') - h.cut_to, 0)), 0)::bigint,
    (select count(*) from by_round r where r.running > p_room and not exists (select from share, newest n where r.round >= n.round))::int
  from heard h;
$$;

-- Ends a flight whose attempt is gone: an abandoned call in the ledger, its reservation given back.
create function conclave.abandon_flight(f conclave.call_flight, p_id uuid, p_settle boolean) returns void
language plpgsql set search_path = conclave, pg_temp as $$
begin
  insert into llm_call (id, owner_id, execution_id, sequence, call, ordinal, state, attempts, repeat_of_id, ask_hash, ask, hears,
      agent_execution_id, agent_id, project_id, slot_name, round, provider_config_id, provider_name, model_name, model_index,
      reserved_tokens, reserved_usd, waited_budget_ms, waited_rate_ms, started_at, finished_at)
    select p_id, f.owner_id, f.execution_id, f.sequence, f.call, f.ordinal, 'abandoned', f.attempts, f.repeat_of_id, f.ask_hash, f.ask, f.hears,
      f.agent_execution_id, a.agent_id, e.project_id, f.slot_name, f.round, f.provider_config_id, f.provider_name, f.model_name, f.model_index,
      f.tokens, f.usd, f.waited_budget_ms, f.waited_rate_ms, f.started_at, greatest(now(), f.started_at)
    from execution e join agent_execution a on a.id = f.agent_execution_id where e.id = f.execution_id;
  if p_settle then
    perform settle_budgets(f.budget_ids, f.tokens, f.usd, 0, 0);
  end if;
end $$;

-- Begins a call, or says why not (TurnBegun). p_new_id becomes the ledger row of an attempt that died in flight.
create function conclave.turn_begin(
  p_owner uuid, p_execution uuid, p_seat uuid, p_sequence int, p_round int, p_ask jsonb, p_hears jsonb, p_lease_ms int, p_waited_budget_ms int, p_new_id uuid
) returns jsonb language plpgsql set search_path = conclave, pg_temp set plan_cache_mode = force_generic_plan as $$
declare
  s record; h record; m record; f call_flight; last record;
  v_ask bytea; v_call smallint := 0; v_ordinal smallint; v_attempt smallint := 1; v_repeat uuid;
  v_invalid text; v_model jsonb; v_index int; v_room bigint; v_max bigint; v_tokens bigint; v_usd numeric; v_prompt bigint; v_verdict text; v_before int := 0;
  v_asked jsonb;
begin
  perform act_for(p_owner);
  -- The first turn may begin before its execution was taken up: who speaks is running. It does not wait where that is being done.
  perform from execution where id = p_execution and state = 'queued' for no key update skip locked;
  if found then
    perform execution_begin(p_owner, p_execution, null);
  end if;
  select a.slot_name, a.resolved_config as agent, a.prompt_sha256, a.prompt_token_estimate, e.input, e.state, e.origin_id, b.path
    into s from agent_execution a join execution e on e.id = a.execution_id join budget b on b.scope = 'execution' and b.scope_id = e.id
    where a.id = p_seat and e.id = p_execution;
  if not found or s.state in ('completed', 'failed', 'cancelled') then
    return jsonb_build_object('status', 'exhausted', 'code', 'cancelled');
  end if;

  select max(least((x ->> 'maxOutputTokens')::bigint, (s.agent ->> 'maxTokens')::bigint)),
         min((x ->> 'contextWindow')::bigint - least((x ->> 'maxOutputTokens')::bigint, (s.agent ->> 'maxTokens')::bigint))
         - s.prompt_token_estimate
    into v_max, v_room from jsonb_array_elements(s.agent -> 'models') x;
  select * into h from turn_heard(p_execution, p_seat, p_hears, case when v_room is not null then greatest(v_room, 0) end);
  v_ask := sha256(s.prompt_sha256 || convert_to(p_ask::text || h.fingerprint, 'UTF8'));

  -- The ledger: this very ask was answered, or failed for good, before. Another ask at its place supersedes what is later.
  -- What a fork has kept answers the first ask of its kind to its seat, however that is worded; from then on it is its answer.
  -- What people said belongs to no ask, and stays; where it stands in the way, it waits for another place.
  select msg.id, msg.failure_code, msg.copied_from_id is not null and msg.ask_hash is null as is_kept, msg.delivery_status is not null as is_said,
    msg.sender_kind = 'agent' and case when msg.copied_from_id is null or msg.ask_hash is not null then msg.ask_hash is null or msg.ask_hash = v_ask
      else msg.sender_id = p_seat and msg.round = p_round and coalesce(msg.kept #>> '{ask,kind}', p_ask ->> 'kind') = p_ask ->> 'kind'
    end as same into m
    from message msg where msg.execution_id = p_execution and msg.sequence = p_sequence and msg.superseded_at is null;
  if found and m.same then
    if m.is_kept then update message set ask_hash = v_ask where id = m.id; end if;
    if m.failure_code is not null then return jsonb_build_object('status', 'exhausted', 'code', m.failure_code); end if;
    return jsonb_build_object('status', 'done', 'outcome', turn_stored(p_execution, p_sequence));
  elsif found and m.is_said then
    update message set sequence = null, round = 0, delivery_status = 'pending', delivered_at = null where id = m.id;
  elsif found then
    update message set superseded_at = now() where execution_id = p_execution and superseded_at is null
      and (sequence = p_sequence or round > p_round) and delivery_status is null;
    update llm_call set superseded_at = now() where execution_id = p_execution and superseded_at is null
      and (sequence = p_sequence or round > p_round);
  end if;

  -- What the agent has asked people in this turn: the call after the last answer is due, or nobody has answered yet.
  if s.agent ? 'tools' then
    perform supersede_asked(p_execution, p_sequence, v_ask);
    v_asked := turn_asked(p_execution, p_sequence, v_ask, 32767::smallint, null);
    if (v_asked #>> '{-1,isOpen}')::boolean then
      return jsonb_build_object('status', 'asks', 'callId', v_asked #>> '{-1,callId}');
    end if;
    if exists (select from llm_call c where c.execution_id = p_execution and c.sequence = p_sequence and c.superseded_at is null
      and c.error_code = 'loop_detected') then
      return jsonb_build_object('status', 'exhausted', 'code', 'loop_detected');
    end if;
    v_call := coalesce((v_asked #>> '{-1,call}')::smallint + 1, 0);
  end if;

  -- The call that is due: a repair where the last answer was not valid, once.
  select max(c.call) + 1 as next_call, count(*) as n into last from llm_call c
    where c.execution_id = p_execution and c.sequence = p_sequence and c.superseded_at is null and c.error_code = 'invalid_output' and c.call >= v_call;
  if last.n > 1 then return jsonb_build_object('status', 'exhausted', 'code', 'invalid_output'); end if;
  if last.n = 1 then
    v_call := last.next_call;
    select convert_from(b.body, 'UTF8') into v_invalid from llm_call c join content_body b on b.owner_id = c.owner_id and b.sha256 = c.response_sha256
      where c.execution_id = p_execution and c.sequence = p_sequence and c.call = v_call - 1 and c.error_code = 'invalid_output' and c.superseded_at is null;
  end if;

  -- The first model that has neither failed for good nor failed too often.
  for i in 0..jsonb_array_length(s.agent -> 'models') - 1 loop
    if not exists (
      select from llm_call c where c.execution_id = p_execution and c.sequence = p_sequence and c.call = v_call and c.superseded_at is null
        and c.model_index = i and c.error_code is not null
      having bool_or(not c.is_retryable) or count(*) > (s.agent ->> 'maxRetries')::int
    ) then
      v_index := i; v_model := s.agent -> 'models' -> i;
      exit;
    end if;
  end loop;
  if v_index is null then
    return jsonb_build_object('status', 'exhausted', 'code', (
      select c.error_code from llm_call c where c.execution_id = p_execution and c.sequence = p_sequence and c.call = v_call
        and c.superseded_at is null and c.error_code is not null order by c.ordinal desc limit 1));
  end if;

  v_max := least((v_model ->> 'maxOutputTokens')::bigint, (s.agent ->> 'maxTokens')::bigint);
  v_prompt := s.prompt_token_estimate + h.tokens + coalesce(octet_length(v_invalid) / 3 + 50, 0) + coalesce(octet_length(v_asked::text) / 3, 0);
  v_tokens := v_prompt + v_max;
  v_usd := ceil(v_prompt * coalesce((v_model ->> 'inputUsdPerMtok')::numeric, 0) + v_max * coalesce((v_model ->> 'outputUsdPerMtok')::numeric, 0)) / 1000000;

  -- The flight. One that is there already belongs to an attempt that died: its reservation is kept, the repeat is counted.
  select c.ordinal + 1 as ordinal, c.id, c.state, c.attempts into last from llm_call c
    where c.execution_id = p_execution and c.sequence = p_sequence and c.call = v_call order by c.ordinal desc limit 1;
  v_ordinal := coalesce(last.ordinal, 0);
  if last.state = 'abandoned' then v_repeat := last.id; v_attempt := last.attempts + 1; end if;
  insert into call_flight (owner_id, execution_id, sequence, call, ordinal, agent_execution_id, attempts, ask_hash, ask, hears, model_index,
      provider_config_id, provider_name, model_name, slot_name, round, budget_ids, tokens, usd, repeat_of_id, waited_budget_ms, started_at, expires_at)
    values (p_owner, p_execution, p_sequence, v_call, v_ordinal, p_seat, v_attempt, v_ask, p_ask, p_hears, v_index,
      (v_model ->> 'providerConfigId')::uuid, v_model ->> 'provider', v_model ->> 'model', s.slot_name, p_round, s.path, v_tokens, v_usd,
      v_repeat, p_waited_budget_ms, clock_timestamp(), now() + p_lease_ms * interval '1 ms')
    on conflict (execution_id, sequence, call) do nothing;
  if found then
    -- Whoever had the flight before may have ended while we waited for its place: what was read above is old then.
    if exists (select from llm_call c where c.execution_id = p_execution and c.sequence = p_sequence and c.call = v_call and c.ordinal >= v_ordinal) then
      delete from call_flight where execution_id = p_execution and sequence = p_sequence and call = v_call;
      return turn_begin(p_owner, p_execution, p_seat, p_sequence, p_round, p_ask, p_hears, p_lease_ms, p_waited_budget_ms, p_new_id);
    end if;
    v_verdict := reserve_budgets(s.path, v_tokens, v_usd);
    if v_verdict <> 'ok' then
      delete from call_flight where execution_id = p_execution and sequence = p_sequence and call = v_call;
      return jsonb_build_object('status', case v_verdict when 'waiting' then 'waiting_budget' else 'budget_exhausted' end);
    end if;
  else
    select * into f from call_flight where execution_id = p_execution and sequence = p_sequence and call = v_call for update;
    if not found then   -- it has ended since
      return turn_begin(p_owner, p_execution, p_seat, p_sequence, p_round, p_ask, p_hears, p_lease_ms, p_waited_budget_ms, p_new_id);
    end if;
    perform abandon_flight(f, p_new_id, false);
    v_ordinal := f.ordinal + 1; v_attempt := f.attempts + 1;
    update call_flight set ordinal = v_ordinal, attempts = v_attempt, repeat_of_id = p_new_id, ask_hash = v_ask, ask = p_ask, hears = p_hears,
        started_at = clock_timestamp(), expires_at = now() + p_lease_ms * interval '1 ms'
      where execution_id = p_execution and sequence = p_sequence and call = v_call;
    v_index := f.model_index;
  end if;

  if s.agent ? 'rehearsal' then
    select count(*) into v_before from llm_call c where c.agent_execution_id = p_seat and c.state in ('succeeded', 'failed') and c.superseded_at is null;
    if s.origin_id <> p_execution then
      select v_before + coalesce(sum((k.kept ->> 'calls')::int), 0) into v_before from message k
        where k.sender_id = p_seat and k.kept is not null and k.superseded_at is null;
    end if;
  end if;
  return jsonb_build_object('status', 'go', 'call', v_call, 'ordinal', v_ordinal, 'attempt', v_attempt, 'modelIndex', v_index,
    'agent', s.agent, 'slot', s.slot_name, 'input', s.input, 'heard', h.messages, 'omittedRounds', h.omitted_rounds,
    'callsBefore', v_before, 'invalidAnswer', v_invalid, 'seed', s.origin_id)
    || case when v_asked is null then '{}' else jsonb_build_object('asked', v_asked) end;
end $$;

-- The same for several turns, in one transaction and in their order, in which the answers come.
create function conclave.turns_begin(p_turns jsonb) returns jsonb
language sql volatile set search_path = conclave, pg_temp as $$
  select jsonb_agg(turn_begin(owner, execution, seat, sequence, round, ask, hears, "leaseMs", "waitedMs", id) order by n)
  from rows from (jsonb_to_recordset(p_turns) as (owner uuid, execution uuid, seat uuid, sequence int, round int,
    ask jsonb, hears jsonb, "leaseMs" int, "waitedMs" int, id uuid)) with ordinality
    as t (owner, execution, seat, sequence, round, ask, hears, "leaseMs", "waitedMs", id, n);
$$;

-- One row of the ledger from a flight and what became of the call.
create function conclave.record_call(
  f conclave.call_flight, p_id uuid, p_state text, p_ordinal smallint, p_repeat uuid, p_record jsonb, p_message uuid, p_failure jsonb, p_response_sha bytea
) returns void language sql volatile set search_path = conclave, pg_temp as $$
  insert into llm_call (id, owner_id, execution_id, sequence, call, ordinal, state, attempts, repeat_of_id, ask_hash, ask, hears,
      agent_execution_id, agent_id, project_id, message_id, slot_name, round, provider_config_id, provider_name, model_name, model_index,
      is_rehearsal, prompt_sha256, response_sha256, provider_request_id, finish_reason, input_tokens, output_tokens, cached_tokens, reasoning_tokens,
      cost_usd, reserved_tokens, reserved_usd, error_code, error_message, is_retryable, waited_budget_ms, waited_rate_ms,
      latency_ms, first_token_ms, started_at, finished_at)
    select p_id, f.owner_id, f.execution_id, f.sequence, f.call, p_ordinal, p_state, f.attempts, p_repeat, f.ask_hash, f.ask, f.hears,
      f.agent_execution_id, a.agent_id, e.project_id, p_message, f.slot_name, f.round, f.provider_config_id, f.provider_name, f.model_name, f.model_index,
      (p_record ->> 'isRehearsal')::boolean, a.prompt_sha256, p_response_sha, p_record ->> 'providerRequestId', p_record ->> 'finishReason',
      (p_record #>> '{usage,input}')::bigint, (p_record #>> '{usage,output}')::bigint, (p_record #>> '{usage,cached}')::bigint, (p_record #>> '{usage,reasoning}')::bigint,
      (p_record ->> 'costUsd')::numeric, f.tokens, f.usd, p_failure ->> 'code', p_failure ->> 'message', (p_failure ->> 'retryable')::boolean,
      f.waited_budget_ms, f.waited_rate_ms, (p_record ->> 'latencyMs')::int, (p_record ->> 'firstTokenMs')::int, f.started_at, greatest(clock_timestamp(), f.started_at)
    from execution e join agent_execution a on a.id = f.agent_execution_id where e.id = f.execution_id;
$$;

-- The flight of an attempt that was swept while it was at work, without a reservation and with the next ordinal; null
-- where the execution has ended or another attempt has begun or finished.
create function conclave.swept_flight(p_execution uuid, p_sequence int, p_call smallint, p_ordinal smallint) returns conclave.call_flight
language plpgsql stable set search_path = conclave, pg_temp as $$
declare
  f call_flight; c llm_call; v_path uuid[];
begin
  select * into c from llm_call x where x.execution_id = p_execution and x.sequence = p_sequence and x.call = p_call and x.ordinal = p_ordinal and x.state = 'abandoned'
    and not exists (select from call_flight o where o.execution_id = p_execution and o.sequence = p_sequence and o.call = p_call)
    and not exists (select from llm_call o where o.execution_id = p_execution and o.sequence = p_sequence and o.call = p_call and o.ordinal > p_ordinal)
    and not exists (select from message m where m.execution_id = p_execution and m.sequence = p_sequence and m.superseded_at is null);
  select b.path into v_path from execution e join budget b on b.scope = 'execution' and b.scope_id = e.id
    where e.id = c.execution_id and e.state not in ('completed', 'failed', 'cancelled');
  if not found then return null; end if;
  f.owner_id := c.owner_id; f.execution_id := c.execution_id; f.sequence := c.sequence; f.call := c.call; f.ordinal := c.ordinal + 1;
  f.agent_execution_id := c.agent_execution_id; f.attempts := c.attempts; f.repeat_of_id := c.repeat_of_id; f.ask_hash := c.ask_hash; f.ask := c.ask; f.hears := c.hears;
  f.model_index := c.model_index; f.provider_config_id := c.provider_config_id; f.provider_name := c.provider_name; f.model_name := c.model_name;
  f.slot_name := c.slot_name; f.round := c.round; f.budget_ids := v_path; f.tokens := 0; f.usd := 0;
  f.waited_budget_ms := c.waited_budget_ms; f.waited_rate_ms := c.waited_rate_ms; f.started_at := c.started_at; f.expires_at := now();
  return f;
end $$;

-- Takes the flight of an attempt that has its answer, or what is left of it where it was given up before it came back and
-- nobody else is at it: then with the call's place taken for this transaction, so that no other attempt begins before it has
-- ended. Null: another attempt owns the call, or this one has ended it before, and its answer was lost on the way.
create function conclave.take_flight(p_execution uuid, p_sequence int, p_call smallint, p_ordinal smallint) returns conclave.call_flight
language plpgsql set search_path = conclave, pg_temp as $$
declare
  f call_flight;
begin
  delete from call_flight where execution_id = p_execution and sequence = p_sequence and call = p_call and ordinal = p_ordinal returning * into f;
  if found then return f; end if;
  f := swept_flight(p_execution, p_sequence, p_call, p_ordinal);
  if f.execution_id is null then return null; end if;
  insert into call_flight select f.* on conflict do nothing;
  if not found then return null; end if;
  delete from call_flight where execution_id = p_execution and sequence = p_sequence and call = p_call;
  return swept_flight(p_execution, p_sequence, p_call, p_ordinal);   -- another may have begun and ended while we waited
end $$;

-- Books what an attempt cost that was given up before it came back, once: it may tell of it again.
create function conclave.book_late(p_execution uuid, p_sequence int, p_call smallint, p_ordinal smallint, p_record jsonb) returns void
language plpgsql set search_path = conclave, pg_temp as $$
declare
  v_path uuid[];
  v_input bigint := (p_record #>> '{usage,input}')::bigint;
  v_output bigint := (p_record #>> '{usage,output}')::bigint;
  v_usd numeric := (p_record ->> 'costUsd')::numeric;
begin
  update llm_call c set input_tokens = v_input, output_tokens = v_output, cost_usd = v_usd
    where c.execution_id = p_execution and c.sequence = p_sequence and c.call = p_call and c.ordinal = p_ordinal and c.state = 'abandoned'
      and c.input_tokens = 0 and c.output_tokens = 0 and c.cost_usd = 0;
  if not found then return; end if;
  select b.path into v_path from execution e join budget b on b.scope = 'execution' and b.scope_id = e.id where e.id = p_execution;
  if found then perform settle_budgets(v_path, 0, 0, v_input + v_output, v_usd); end if;
end $$;

-- Ends a call with its answer. Returns {status: 'stored' | 'late', outcome}: late when another attempt owns the call.
create function conclave.turn_succeed(
  p_owner uuid, p_execution uuid, p_seat uuid, p_sequence int, p_round int, p_call smallint, p_ordinal smallint,
  p_record jsonb, p_answer jsonb, p_message uuid, p_llm_call uuid, p_event uuid
) returns jsonb language plpgsql set search_path = conclave, pg_temp set plan_cache_mode = force_generic_plan as $$
declare
  f call_flight;
  v_tokens bigint := (p_record #>> '{usage,input}')::bigint + (p_record #>> '{usage,output}')::bigint;
  v_usd numeric := (p_record ->> 'costUsd')::numeric;
  v_output jsonb := nullif(p_answer -> 'output', 'null') - 'text';   -- the text is kept once
begin
  perform act_for(p_owner);
  f := take_flight(p_execution, p_sequence, p_call, p_ordinal);
  if f.execution_id is null then
    perform book_late(p_execution, p_sequence, p_call, p_ordinal, p_record);
    return jsonb_build_object('status', 'late', 'outcome', turn_stored(p_execution, p_sequence));
  end if;

  insert into message (id, owner_id, execution_id, sequence, round, sender_kind, sender_id, sender_agent_id, message_type, subtype, content, token_estimate,
      output, choice, value, verdict, findings, confidence, weight, abstained, reasoning, omitted_rounds, model_name, ask_hash, is_checkpoint)
    select p_message, p_owner, p_execution, p_sequence, p_round, 'agent', p_seat, a.agent_id,
      case when f.ask ->> 'kind' = 'group' then 'system' else 'response' end, nullif(f.ask ->> 'kind', 'answer'),
      jsonb_build_object('text', p_answer ->> 'text') || case when v_output is null then '{}' else jsonb_build_object('data', v_output) end, (p_answer ->> 'tokenEstimate')::int,
      v_output, p_answer ->> 'choice', case when jsonb_typeof(v_output -> 'value') = 'number' then (v_output ->> 'value')::float8 end, v_output ->> 'verdict', v_output -> 'findings', (p_answer ->> 'confidence')::float8, a.weight, (p_answer ->> 'abstained')::boolean,
      p_answer ->> 'reasoning', (p_answer ->> 'omittedRounds')::int, f.model_name, f.ask_hash,
      coalesce((f.ask ->> 'checkpoint')::boolean, false)
    from agent_execution a where a.id = p_seat;
  update message m set choice = l.value from jsonb_each_text(p_answer -> 'labels') l
    where jsonb_typeof(p_answer -> 'labels') = 'object' and m.execution_id = p_execution and m.sequence = l.key::int and m.superseded_at is null;
  perform record_call(f, p_llm_call, 'succeeded', f.ordinal, f.repeat_of_id, p_record, p_message, null, null);
  insert into event (id, owner_id, event_type, occurred_at, source, source_agent_id, project_id, execution_id, subject_type, subject_id, correlation_id, payload)
    select p_event, p_owner, 'turn.completed', now(), 'inference', a.agent_id, e.project_id, p_execution, 'message', p_message, e.correlation_id,
      jsonb_build_object('messageId', p_message, 'sequence', p_sequence, 'round', p_round, 'slot', f.slot_name, 'tokens', v_tokens, 'costUsd', v_usd::text,
        'attempts', f.attempts, 'repeatOf', f.repeat_of_id)
    from execution e join agent_execution a on a.id = p_seat where e.id = p_execution;
  perform settle_budgets(f.budget_ids, f.tokens, f.usd, v_tokens, v_usd);
  return jsonb_build_object('status', 'stored', 'outcome', turn_stored(p_execution, p_sequence));
end $$;

-- The same for several turns, in one transaction and in their order, in which the answers come.
create function conclave.turns_succeed(p_turns jsonb) returns jsonb
language sql volatile set search_path = conclave, pg_temp as $$
  select jsonb_agg(turn_succeed(owner, execution, seat, sequence, round, call, ordinal, record, answer, "messageId", "callId", "eventId") order by n)
  from rows from (jsonb_to_recordset(p_turns) as (owner uuid, execution uuid, seat uuid, sequence int, round int,
    call smallint, ordinal smallint, record jsonb, answer jsonb, "messageId" uuid, "callId" uuid, "eventId" uuid)) with ordinality
    as t (owner, execution, seat, sequence, round, call, ordinal, record, answer, "messageId", "callId", "eventId", n);
$$;

-- Keeps a text of a call; returns what it is found by.
create function conclave.keep_text(p_owner uuid, p_text text) returns bytea
language plpgsql set search_path = conclave, pg_temp as $$
declare
  v_sha bytea := sha256(convert_to(p_text, 'UTF8'));
begin
  insert into content_body (owner_id, sha256, body, media_type, size_bytes)
    values (p_owner, v_sha, convert_to(p_text, 'UTF8'), 'text/plain', octet_length(p_text)) on conflict do nothing;
  return v_sha;
end $$;

-- Ends a call that failed; returns how often its model has failed in this call. An unknown outcome is 'abandoned': the
-- next attempt counts as its repeat. p_failure null: nobody's fault, such as a worker that is being stopped.
create function conclave.turn_fail(
  p_owner uuid, p_execution uuid, p_sequence int, p_call smallint, p_ordinal smallint,
  p_record jsonb, p_failure jsonb, p_invalid text, p_llm_call uuid
) returns int language plpgsql set search_path = conclave, pg_temp as $$
declare
  f call_flight; v_sha bytea;
begin
  perform act_for(p_owner);
  delete from call_flight where execution_id = p_execution and sequence = p_sequence and call = p_call and ordinal = p_ordinal returning * into f;
  if not found then
    perform book_late(p_execution, p_sequence, p_call, p_ordinal, p_record);
    return 0;
  end if;
  if p_invalid is not null then
    v_sha := keep_text(p_owner, p_invalid);
  end if;
  perform record_call(f, p_llm_call, case when coalesce((p_failure ->> 'outcomeKnown')::boolean, false) then 'failed' else 'abandoned' end,
    f.ordinal, f.repeat_of_id, p_record, null, p_failure, v_sha);
  perform settle_budgets(f.budget_ids, f.tokens, f.usd,
    (p_record #>> '{usage,input}')::bigint + (p_record #>> '{usage,output}')::bigint, (p_record ->> 'costUsd')::numeric);
  return (select count(*) from llm_call c where c.execution_id = p_execution and c.sequence = p_sequence and c.call = p_call
    and c.model_index = f.model_index and c.error_code is not null and c.superseded_at is null);
end $$;

-- Writes that a seat gave no answer in a turn, once.
create function conclave.turn_give_up(p_owner uuid, p_execution uuid, p_seat uuid, p_sequence int, p_round int, p_code text, p_message uuid, p_event uuid)
returns void language plpgsql set search_path = conclave, pg_temp as $$
begin
  perform act_for(p_owner);
  insert into message (id, owner_id, execution_id, sequence, round, sender_kind, sender_id, sender_agent_id, message_type, subtype, content, failure_code, ask_hash)
    select p_message, p_owner, p_execution, p_sequence, p_round, 'agent', p_seat, a.agent_id, 'system', 'turn_failed',
      jsonb_build_object('text', a.slot_name || ' gave no answer: ' || p_code), p_code,
      (select c.ask_hash from llm_call c where c.execution_id = p_execution and c.sequence = p_sequence and c.superseded_at is null order by c.call desc, c.ordinal desc limit 1)
    from agent_execution a where a.id = p_seat
    on conflict (execution_id, sequence) where superseded_at is null do nothing;
  if found then
    insert into event (id, owner_id, event_type, severity, occurred_at, source, source_agent_id, project_id, execution_id, subject_type, subject_id, correlation_id, payload)
      select p_event, p_owner, 'turn.failed', 'warning', now(), 'inference', a.agent_id, e.project_id, p_execution, 'message', p_message, e.correlation_id,
        jsonb_build_object('messageId', p_message, 'sequence', p_sequence, 'round', p_round, 'slot', a.slot_name, 'code', p_code)
      from execution e join agent_execution a on a.id = p_seat where e.id = p_execution;
  end if;
end $$;

-- Moves a flight's expiry; false when it is no longer this attempt's.
create function conclave.turn_extend(p_owner uuid, p_execution uuid, p_sequence int, p_call smallint, p_ordinal smallint, p_lease_ms int)
returns boolean language plpgsql set search_path = conclave, pg_temp as $$
begin
  perform act_for(p_owner);
  update call_flight set expires_at = now() + p_lease_ms * interval '1 ms'
    where execution_id = p_execution and sequence = p_sequence and call = p_call and ordinal = p_ordinal;
  return found;
end $$;

-- Gives up flights that nobody holds any more: those of one execution (it has ended), or all that have expired.
create function conclave.abandon_flights(p_execution uuid, p_limit int) returns int
language plpgsql set search_path = conclave, pg_temp as $$
declare
  f call_flight; n int := 0;
begin
  for f in
    delete from call_flight where ctid = any (array(
      select x.ctid from call_flight x
      where case when p_execution is null then x.expires_at < now() else x.execution_id = p_execution end
      limit p_limit for update skip locked))
    returning *
  loop
    perform abandon_flight(f, gen_random_uuid(), true);
    n := n + 1;
  end loop;
  return n;
end $$;
