-- Executions of all types; who paused them; what their lots are drawn from.
alter table execution
  drop constraint execution_workflow_type_check,
  add constraint execution_workflow_type_check check (workflow_type in
    ('soloAgent', 'debate', 'chain', 'delegation', 'crosscheck', 'ensemble', 'pipeline', 'compound')),
  add column origin_id uuid,
  add column paused_by_person boolean not null default false;
-- The owner of the tables is bound by row-level security too, and would find no rows to change.
alter table execution no force row level security;
update execution set origin_id = id;
alter table execution force row level security;
alter table execution alter column origin_id set not null;

-- What a person said, and no turn has heard yet.
create index message_waiting_idx on message (execution_id) where sequence is null and execution_id is not null;

alter table topology add column gates jsonb not null default '[]';

create table topology_part (
  id uuid not null,
  owner_id uuid,
  topology_id uuid not null,
  child_id uuid not null,
  alias text not null check (alias ~ '^[A-Za-z][A-Za-z0-9_-]{0,63}$'),
  position integer not null default 0 check (position >= 0),
  input_mapping jsonb not null default '{}',
  condition jsonb,
  gates jsonb not null default '[]',
  primary key (id),
  constraint topology_part_topology_id_alias_key unique (topology_id, alias),
  constraint topology_part_child_check check (child_id <> topology_id)
);
create index topology_part_topology_id_position_idx on topology_part (topology_id, position);
create index topology_part_owner_id_idx on topology_part (owner_id);
create index topology_part_child_id_idx on topology_part (child_id);

create table schedule (
  id uuid not null,
  owner_id uuid,
  name text not null check (length(name) between 1 and 255),
  cron text not null check (length(cron) between 1 and 255),
  timezone text not null default 'UTC' check (length(timezone) between 1 and 64),
  body jsonb not null,
  paused boolean not null default false,
  last_error text,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  row_version integer not null default 1,
  primary key (id)
);
create index schedule_owner_id_created_at_idx on schedule (owner_id, created_at);
create unique index schedule_owner_id_name_key on schedule (owner_id, name) where owner_id is not null;
create unique index schedule_shared_name_key on schedule (name) where owner_id is null;

create table human_interaction (
  id uuid not null,
  owner_id uuid not null,
  execution_id uuid,
  root_execution_id uuid,
  agent_execution_id uuid,
  agent_id uuid,
  signal_workflow_id text not null,
  gate text not null check (length(gate) between 1 and 128),
  kind text not null check (kind in ('approval', 'choice', 'input', 'edit')),
  title text not null,
  prompt text not null,
  content jsonb not null,
  content_hash bytea not null check (octet_length(content_hash) = 32),
  options jsonb,
  input_schema jsonb,
  state text not null default 'pending' check (state in ('pending', 'answered', 'expired', 'cancelled')),
  level smallint not null default 0 check (level >= 0),
  assignees text[] not null check (cardinality(assignees) > 0),
  escalation jsonb not null default '[]',
  quorum smallint not null default 1
    constraint human_interaction_quorum_check check (quorum = 1 or quorum > 1 and kind in ('approval', 'choice')),
  deadline_at timestamptz(3),
  on_timeout text not null default 'reject' check (on_timeout in ('reject', 'approve', 'fail')),
  decision text check (decision in ('approve', 'reject', 'choose', 'answer', 'edit')),
  decided_value jsonb,
  decided_at timestamptz(3),
  signalled_at timestamptz(3),
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  row_version integer not null default 1,
  primary key (id),
  constraint human_interaction_owner_id_id_key unique (owner_id, id),
  constraint human_interaction_asker_check
    check (num_nonnulls(execution_id, agent_id) > 0 and (execution_id is null) = (root_execution_id is null)),
  constraint human_interaction_verdict_check
    check ((state in ('answered', 'expired', 'cancelled')) = (decided_at is not null)
      and (state = 'answered') = (decision is not null) and (decision is not null or decided_value is null))
);
create index human_interaction_deadline_at_idx on human_interaction (deadline_at) where state = 'pending';
create index human_interaction_assignees_idx on human_interaction using gin (assignees) where state = 'pending';
create index human_interaction_decided_at_idx on human_interaction (decided_at)
  where state = 'answered' and signalled_at is null;
create index human_interaction_owner_id_state_created_at_idx on human_interaction (owner_id, state, created_at);
create index human_interaction_execution_id_idx on human_interaction (execution_id);
create index human_interaction_root_execution_id_idx on human_interaction (root_execution_id);
create index human_interaction_agent_execution_id_idx on human_interaction (agent_execution_id)
  where agent_execution_id is not null;
create index human_interaction_agent_id_idx on human_interaction (agent_id) where agent_id is not null;

create table human_response (
  id uuid not null,
  owner_id uuid not null,
  interaction_id uuid not null,
  responder_id uuid not null,
  responder_name text not null,
  level smallint not null,
  decision text not null check (decision in ('approve', 'reject', 'choose', 'answer', 'edit')),
  value jsonb,
  comment text,
  content_hash bytea not null check (octet_length(content_hash) = 32),
  created_at timestamptz(3) not null default now(),
  primary key (id),
  constraint human_response_interaction_id_responder_id_key unique (interaction_id, responder_id),
  constraint human_response_value_check
    check ((decision in ('choose', 'answer', 'edit')) = (value is not null))
);

alter table topology_part add constraint topology_part_topology_id_fkey foreign key (topology_id)
  references topology (id) on delete cascade deferrable initially deferred;
alter table topology_part add constraint topology_part_child_id_fkey foreign key (child_id)
  references topology (id) deferrable initially deferred;
alter table schedule add constraint schedule_owner_id_fkey foreign key (owner_id)
  references user_account (id) deferrable initially deferred;
alter table human_interaction add constraint human_interaction_execution_id_fkey foreign key (owner_id, execution_id)
  references execution (owner_id, id) on delete cascade deferrable initially deferred;
alter table human_interaction add constraint human_interaction_root_execution_id_fkey foreign key (owner_id, root_execution_id)
  references execution (owner_id, id) on delete cascade deferrable initially deferred;
alter table human_interaction add constraint human_interaction_agent_execution_id_fkey foreign key (owner_id, agent_execution_id)
  references agent_execution (owner_id, id) on delete cascade deferrable initially deferred;
alter table human_interaction add constraint human_interaction_agent_id_fkey foreign key (owner_id, agent_id)
  references agent (owner_id, id) on delete cascade deferrable initially deferred;
alter table human_response add constraint human_response_interaction_id_fkey foreign key (owner_id, interaction_id)
  references human_interaction (owner_id, id) on delete cascade deferrable initially deferred;
alter table human_response add constraint human_response_responder_id_fkey foreign key (responder_id)
  references user_account (id) deferrable initially deferred;

create constraint trigger owner_guard_topology_id after insert or update of owner_id, topology_id on topology_part
  deferrable initially deferred for each row execute function owner_guard('topology_id', 'topology', 'same');
create constraint trigger owner_guard_child_id after insert or update of owner_id, child_id on topology_part
  deferrable initially deferred for each row execute function owner_guard('child_id', 'topology', 'shared');

create trigger state_guard before update of state on human_interaction
  for each row when (old.state <> new.state) execute function state_guard('interaction', 'state');

do $$
declare
  own constant text := 'owner_id = app_user_id() or app_role() = ''admin''';
  name text;
begin
  foreach name in array array['topology_part', 'schedule', 'human_interaction', 'human_response'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy system on %I to conclave_system using (true) with check (true)', name);
  end loop;
  foreach name in array array['human_interaction', 'human_response'] loop
    execute format('create policy tenant on %I to conclave_app using (%s) with check (%2$s)', name, own);
  end loop;
  foreach name in array array['topology_part', 'schedule'] loop
    execute format('create policy tenant on %I to conclave_app using (%s) with check (%2$s)', name,
      own || ' or (owner_id is null and app_role() = ''operator'')');
    execute format('create policy shared on %I for select to conclave_app
      using (owner_id is null and app_user_id() is not null)', name);
  end loop;
end $$;

-- Whoever is asked sees the question and what was answered to it, and can write neither.
create policy assignee on human_interaction for select to conclave_app
  using (assignees && string_to_array(current_setting('app.principals', true), ','));
create policy assignee on human_response for select to conclave_app
  using (exists (select from human_interaction i where i.id = interaction_id
    and i.assignees && string_to_array(current_setting('app.principals', true), ',')));

grant select, insert, update, delete on topology_part, schedule to conclave_app;
-- A decision is written by `answer_interaction` alone.
grant select, insert on human_interaction to conclave_app;
grant update (state, level, assignees, decided_at, signalled_at, updated_at, row_version) on human_interaction to conclave_app;
grant select on human_response to conclave_app;
grant select, update on human_interaction, schedule to conclave_system;
grant select, insert on human_response to conclave_system;
