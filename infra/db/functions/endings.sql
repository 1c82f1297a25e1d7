-- How executions end. All functions run as their caller: row-level security applies, and `state_guard` refuses what the machine
-- does not allow. An owner that is given is acted for; without one, the session's is.

-- What an output is made from (`Told` in `infra/executions/told.ts`): the definition, the input, what was said at these
-- places, what the children came to, what people chose at gates on the way, and what they decided, in this order.
create function conclave.execution_told(p_owner uuid, p_execution uuid, p_sequences int[], p_decided uuid[]) returns jsonb
language plpgsql set search_path = conclave, pg_temp as $$
begin
  if p_owner is not null then perform act_for(p_owner); end if;
  return (
    select jsonb_build_object(
      'definition', e.definition - 'children', 'input', e.input,
      'said', coalesce((
        select jsonb_agg(jsonb_build_object('sequence', m.sequence, 'slot', coalesce(a.slot_name, ''), 'name', coalesce(a.display_name, ''),
          'choice', m.choice, 'confidence', m.confidence, 'weight', coalesce(m.weight, 1), 'reasoning', m.reasoning,
          'text', m.content ->> 'text', 'output', m.output) order by m.sequence)
        from message m left join agent_execution a on a.id = m.sender_id
        where m.execution_id = p_execution and m.sequence = any (p_sequences) and m.superseded_at is null), '[]'),
      'children', coalesce((
        select jsonb_agg(jsonb_build_object('name', c.parent_slot, 'executionId', c.id, 'type', c.workflow_type, 'state', c.state, 'output', c.output))
        from execution c where c.parent_execution_id = p_execution), '[]'),
      'chosen', (
        select i.decided_value from human_interaction i where i.execution_id = p_execution and i.decision = 'choose' and i.gate <> 'completion'
          and i.agent_execution_id is null
        order by i.decided_at desc limit 1),
      'decided', coalesce((
        select jsonb_agg(jsonb_build_object('decision', i.decision, 'decidedValue', i.decided_value) order by array_position(p_decided, i.id))
        from human_interaction i where i.execution_id = p_execution and i.id = any (p_decided)), '[]'))
    from execution e where e.id = p_execution);
end $$;

-- Ends an execution (`WrittenEnding` in `infra/executions/close-execution.ts`) for a run of Temporal's, or for whoever else has
-- locked it (p_run null), and what goes with it: calls in flight are abandoned, what people said and nobody heard expires, the
-- seats end as it did, its budget closes. What a fork kept and its story never came to, because its configuration or an edit
-- led it elsewhere, was not said in a story that is complete.
-- Returns state, error and output of one that had ended before, state and error of one that ends now; null where it is not
-- there, where a retry has set the run aside, or where something in it has to end first: a question that is open, a child that
-- has not begun.
create function conclave.execution_end(p_owner uuid, p_execution uuid, p_run text, p_ending jsonb, p_actor text, p_reason text) returns jsonb
language plpgsql set search_path = conclave, pg_temp as $$
declare
  v_state text := p_ending ->> 'state';
  e execution;
begin
  if p_owner is not null then perform act_for(p_owner); end if;
  -- Nothing more is written in it meanwhile: no call begins whose flight is not seen below.
  select * into e from execution where id = p_execution for update;
  if not found then return null; end if;
  if e.completed_at is not null then
    return jsonb_build_object('state', e.state, 'error', e.error, 'output', e.output);
  end if;
  if p_run = e.retry_of_run_id then return null; end if;
  if exists (select from human_interaction where execution_id = p_execution and state = 'pending')
    or exists (select from execution where parent_execution_id = p_execution and state = 'queued' and run_id is null) then
    return null;
  end if;

  -- A pause that came when nothing was left to hold.
  if v_state = 'completed' and e.state = 'paused' then
    update execution set state = 'running' where id = p_execution;
    perform record_state(p_execution, 'paused', 'running', p_actor, null);
    e.state := 'running';
  end if;
  update execution set state = v_state, output = coalesce(p_ending -> 'output', output), error = coalesce(p_ending ->> 'error', error),
    error_details = coalesce(p_ending -> 'errorDetails', error_details), paused_by_person = false, completed_at = clock_timestamp(),
    updated_at = clock_timestamp(), row_version = row_version + 1 where id = p_execution;
  perform record_state(p_execution, e.state, v_state, p_actor, p_reason);

  perform abandon_flights(p_execution, 10000);
  update message set delivery_status = 'expired' where execution_id = p_execution and message_type = 'interjection'
    and superseded_at is null and sequence is null and delivery_status = 'pending';
  if v_state = 'completed' then
    update message set superseded_at = clock_timestamp() where execution_id = p_execution and copied_from_id is not null
      and ask_hash is null and sender_kind = 'agent' and superseded_at is null;
  end if;
  update agent_execution set state = v_state, completed_at = clock_timestamp(), updated_at = clock_timestamp()
    where execution_id = p_execution and completed_at is null;
  update budget set is_closed = true, updated_at = clock_timestamp(), row_version = row_version + 1
    where scope = 'execution' and scope_id = p_execution;
  return jsonb_build_object('state', v_state, 'error', p_ending ->> 'error');
end $$;
