-- The states of executions. All functions run as their caller: row-level security applies, and `state_guard` refuses what the
-- machine does not allow.

-- A version 7 UUID, as the application makes them.
create function conclave.new_id() returns uuid
language sql volatile set search_path = conclave, pg_temp as $$
  select (lpad(to_hex(floor(extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0')
    || '7' || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid;
$$;

-- Writes the history row and the event of a state that an execution has entered; p_from null: it was accepted.
create function conclave.record_state(p_execution uuid, p_from text, p_to text, p_actor text, p_reason text) returns void
language plpgsql set search_path = conclave, pg_temp as $$
declare
  e execution;
begin
  select * into strict e from execution where id = p_execution;
  insert into execution_state_history (id, owner_id, execution_id, ordinal, previous_state, new_state, reason, actor, entered_at)
    values (new_id(), e.owner_id, e.id,
      (select count(*) from execution_state_history h where h.execution_id = e.id and h.agent_execution_id is null),
      p_from, p_to, p_reason, p_actor, clock_timestamp());
  insert into event (id, owner_id, event_type, severity, occurred_at, source, actor, project_id, execution_id, correlation_id,
      subject_type, subject_id, payload)
    values (new_id(), e.owner_id,
      'execution.' || case when p_to <> 'running' then p_to when p_from = 'paused' then 'resumed' else 'started' end,
      case p_to when 'failed' then 'error' else 'info' end, clock_timestamp(),
      case when p_actor like 'user:%' then 'api' else p_actor end, p_actor, e.project_id, e.id, e.correlation_id, 'execution', e.id,
      jsonb_build_object('executionId', e.id, 'kind', e.kind, 'state', p_to, 'previous', p_from, 'reason', p_reason));
end $$;

-- Keeps the run that an accepted execution was started as, unless it has one already, or a retry has set this one aside. Nobody
-- waits for the disk: should it be lost with the server, the sweep asks Temporal for it.
create function conclave.record_run(p_owner uuid, p_execution uuid, p_run text) returns void
language plpgsql set search_path = conclave, pg_temp as $$
begin
  perform act_for(p_owner), set_config('synchronous_commit', 'off', true);
  update execution set run_id = p_run, updated_at = now(), row_version = row_version + 1
    where id = p_execution and run_id is null and retry_of_run_id is distinct from p_run;
end $$;

-- Lets a run of Temporal's take an execution up: queued → preparing → running, its seats with it. A repeat changes nothing.
-- Returns what its workflow is told, and which run had it before; null when it has ended, or a retry has set this run aside.
-- p_run null: the run is not known.
create function conclave.execution_begin(p_owner uuid, p_execution uuid, p_run text) returns jsonb
language plpgsql set search_path = conclave, pg_temp as $$
declare
  e execution;
begin
  perform act_for(p_owner);
  select * into e from execution where id = p_execution for no key update;
  if not found or e.state in ('completed', 'failed', 'cancelled') or p_run = e.retry_of_run_id then return null; end if;

  if e.state = 'queued' then
    update execution set state = 'preparing' where id = p_execution;
    perform record_state(p_execution, 'queued', 'preparing', 'workflow', null);
    update agent_execution set state = 'preparing' where execution_id = p_execution;
  end if;
  if e.state in ('queued', 'preparing') then
    update execution set state = 'running', run_id = coalesce(p_run, run_id), started_at = coalesce(started_at, now()),
      updated_at = now(), row_version = row_version + 1 where id = p_execution;
    perform record_state(p_execution, 'preparing', 'running', 'workflow', null);
    update agent_execution set state = 'running', started_at = coalesce(started_at, now()), updated_at = now()
      where execution_id = p_execution;
  elsif p_run <> e.run_id or e.run_id is null then
    update execution set run_id = p_run, updated_at = now(), row_version = row_version + 1 where id = p_execution;
  end if;
  -- A person was faster.
  if e.paused_by_person and e.state in ('queued', 'preparing') then
    update execution set state = 'paused' where id = p_execution;
    perform record_state(p_execution, 'running', 'paused', 'workflow', 'paused by a person');
  end if;
  -- What people said to it: not their answers at gates, which the gates place.
  return jsonb_build_object('definition', e.definition - 'children', 'isPaused', e.paused_by_person, 'previousRun', e.run_id,
      'input', jsonb_strip_nulls(jsonb_build_object('options', e.input -> 'options', 'items', e.input -> 'items',
        'artifact', case when e.input ? 'artifact' then '' end)))
    || coalesce((
      select jsonb_build_object('interjections', jsonb_build_object(
        'placed', coalesce(jsonb_agg(m.sequence order by m.sequence) filter (where m.sequence is not null), '[]'),
        'waiting', bool_or(m.sequence is null)))
      from message m where m.execution_id = p_execution and m.message_type = 'interjection'
        and m.superseded_at is null and m.delivery_status in ('pending', 'delivered') having count(*) > 0), '{}');
end $$;
