-- Undoes `topologies.sql`.
alter table execution
  drop constraint execution_workflow_type_check,
  add constraint execution_workflow_type_check check (workflow_type in ('soloAgent', 'debate')),
  drop column origin_id,
  drop column paused_by_person;

-- Functions of `infra/db/functions/people.sql`, in whatever form: they speak of tables that are about to go.
do $$
declare
  gone record;
begin
  for gone in select oid::regprocedure as name from pg_proc
    where pronamespace = 'conclave'::regnamespace and proname in ('answer_interaction', 'is_decided', 'may_decide')
  loop
    execute 'drop function ' || gone.name;
  end loop;
end $$;

drop table human_response, human_interaction, schedule, topology_part;
alter table topology drop column gates;
drop index message_waiting_idx;

create or replace function is_legal_change(machine text, before text, after text) returns boolean
language sql immutable parallel safe
return before = after or after = any (case machine || '/' || before
  -- execution
  when 'execution/queued' then array['preparing', 'failed', 'cancelled']
  when 'execution/preparing' then array['running', 'paused', 'failed', 'cancelled']
  when 'execution/running' then array['paused', 'completed', 'failed', 'cancelled']
  when 'execution/paused' then array['running', 'failed', 'cancelled']
  when 'execution/failed' then array['queued']
  -- agent
  when 'agent/created' then array['initializing', 'terminated']
  when 'agent/initializing' then array['ready', 'error', 'terminated']
  when 'agent/ready' then array['active', 'paused', 'error', 'terminated']
  when 'agent/active' then array['ready', 'paused', 'error', 'terminated']
  when 'agent/paused' then array['ready', 'active', 'error', 'terminated']
  when 'agent/error' then array['initializing', 'terminated']
  -- template
  when 'template/draft' then array['published', 'deprecated']
  when 'template/published' then array['deprecated']
  when 'template/deprecated' then array['published']
  else array[]::text[]
end);
