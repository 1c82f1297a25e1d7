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
