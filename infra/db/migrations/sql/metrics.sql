-- Counters that outlive every process. They are added up from the ledger and the histories: those of long ago once, into
-- `metric_total`; the latest anew at each reading. Labels name nothing of a tenant's: shared providers and
-- those of the environment by name, the models that they list too (else `other`); all of an owner's as `private`.
create table metric_total (
  name text not null,
  labels text not null,
  value numeric(24,6) not null,
  primary key (name, labels)
);
alter table metric_total enable row level security;
alter table metric_total force row level security;
create policy system on metric_total to conclave_system using (true) with check (true);
grant select, insert, update on metric_total to conclave_system;
grant select (provider_config_id, model_name) on model_catalog_entry to conclave_system;

-- What the rows with ids of this time add to each counter. Ids carry the clock of whoever wrote the row.
create function metrics_between(p_from timestamptz, p_to timestamptz)
returns table (name text, labels text, value numeric)
language sql stable set search_path = conclave, pg_temp as $$
  with calls as materialized (
    select c.state, c.repeat_of_id, c.input_tokens, c.output_tokens, c.cost_usd, c.latency_ms / 1000.0 as seconds,
      case when c.provider_config_id is null or p.id is not null then c.provider_name else 'private' end as provider,
      case when m.id is not null then m.model_name
        when c.provider_config_id is null and c.provider_name = 'rehearsal' then 'rehearsal'
        when c.provider_config_id is null or p.id is not null then 'other' else 'private' end as model
    from llm_call c
    left join provider_config p on p.id = c.provider_config_id and p.owner_id is null
    left join model_catalog_entry m on m.provider_config_id = p.id and m.model_name = c.model_name
    where c.id >= uuid_floor(p_from) and c.id < uuid_floor(p_to) and c.copied_from_id is null
  ), by_model as (
    select provider, model, count(*) filter (where repeat_of_id is not null) as repeats,
      sum(input_tokens) as input, sum(output_tokens) as output, sum(cost_usd) as usd
    from calls group by provider, model
  ), counted (name, labels, value) as (
    select 'conclave_calls_total', jsonb_build_object('provider', provider, 'model', model, 'state', state), count(*)::numeric
      from calls group by provider, model, state
    union all
    select s.name, jsonb_build_object('provider', provider, 'model', model) || s.labels, s.value
      from by_model, lateral (values
        ('conclave_call_repeats_total', '{}'::jsonb, repeats::numeric),
        ('conclave_tokens_total', '{"direction": "input"}', input),
        ('conclave_tokens_total', '{"direction": "output"}', output),
        ('conclave_cost_usd_total', '{}', usd)) s (name, labels, value)
    union all
    select 'conclave_call_duration_seconds_bucket', jsonb_build_object('provider', provider, 'le',
        (select coalesce(min(b)::text, '+Inf') from unnest(array[0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300]) b where seconds <= b)),
        count(*)
      from calls where seconds is not null group by 2
    union all
    select 'conclave_call_duration_seconds_sum', jsonb_build_object('provider', provider), sum(seconds)
      from calls where seconds is not null group by provider
    union all
    select 'conclave_turns_total', jsonb_build_object('outcome', coalesce(failure_code, 'spoken')), count(*)
      from message where id >= uuid_floor(p_from) and id < uuid_floor(p_to) and sender_kind = 'agent' and sequence is not null
        and copied_from_id is null
      group by 2
    union all
    select 'conclave_execution_states_total', jsonb_build_object('state', new_state), count(*)
      from execution_state_history where id >= uuid_floor(p_from) and id < uuid_floor(p_to) and agent_execution_id is null
      group by new_state
  )
  select name, labels::text, value from counted
$$;

-- Every counter as it stands. Rows of five minutes ago are all committed: no statement may last that long. Whoever finds
-- more than a minute of them that is not added up yet adds it up, one reader at a time.
create function metrics_read() returns table (name text, labels text, value numeric)
language plpgsql security definer set search_path = conclave, pg_temp as $$
#variable_conflict use_column
declare
  v_from timestamptz;
  v_to timestamptz := date_trunc('second', now() - interval '5 minutes');
begin
  if pg_try_advisory_xact_lock(hashtext('conclave/metrics')) then
    select to_timestamp(t.value) into v_from from metric_total t where t.name = 'settled_until';
    v_from := coalesce(v_from, to_timestamp(0));
    if v_from < v_to - interval '1 minute' then
      insert into metric_total as t (name, labels, value)
        select m.name, m.labels, m.value from metrics_between(v_from, v_to) m
        on conflict (name, labels) do update set value = t.value + excluded.value;
      insert into metric_total as t (name, labels, value) values ('settled_until', '{}', extract(epoch from v_to))
        on conflict (name, labels) do update set value = excluded.value;
    end if;
  end if;
  -- One statement: what another reader adds up meanwhile is seen as a whole or not at all.
  return query
    with settled as materialized (
      select coalesce(max(to_timestamp(t.value)), to_timestamp(0)) as until from metric_total t where t.name = 'settled_until'
    )
    select a.name, a.labels, sum(a.value) from (
      select t.name, t.labels, t.value from metric_total t where t.name <> 'settled_until'
      union all
      select m.name, m.labels, m.value from settled s, metrics_between(s.until, now() + interval '1 day') m
    ) a group by a.name, a.labels;
end $$;

-- What is open or undone at this moment, and for how many seconds the oldest of it has waited (null: nothing waits).
create function workload() returns jsonb
language sql stable security definer set search_path = conclave, pg_temp as $$
  select jsonb_build_object(
    'executions', (
      select jsonb_object_agg(s.state, (select count(*) from execution e where e.state = s.state))
      from unnest(array['queued', 'preparing', 'running', 'paused']) s (state)),
    'flights', (select count(*) from call_flight),
    'unnumberedEvents', (select count(*) from (select from event where position is null limit 10000) e),
    'oldestSeconds', jsonb_build_object(
      'execution', (select extract(epoch from now() - min(updated_at)) from execution where state = 'queued'),
      'event', (select greatest(0, extract(epoch from now() - recorded_at)) from event where position is null order by ordinal limit 1),
      'flight', (select extract(epoch from now() - min(expires_at)) from call_flight where expires_at < now())))
$$;

grant create on schema conclave to conclave_system;
alter function metrics_read() owner to conclave_system;
alter function workload() owner to conclave_system;
revoke create on schema conclave from conclave_system;
revoke execute on function metrics_between(timestamptz, timestamptz), metrics_read(), workload() from public;
grant execute on function metrics_between(timestamptz, timestamptz) to conclave_system;
grant execute on function metrics_read(), workload() to conclave_app, conclave_system;
