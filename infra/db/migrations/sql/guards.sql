-- Which changes of state are legal: the transitions of `workflows/domain/transitions.ts`, as they were when this was written.
create function is_legal_change(machine text, before text, after text) returns boolean
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

-- Refuses an illegal change of state. Arguments: machine, column.
create function state_guard() returns trigger
language plpgsql set search_path = conclave, pg_temp as $$
declare
  before text := to_jsonb(old) ->> tg_argv[1];
  after text := to_jsonb(new) ->> tg_argv[1];
begin
  if not is_legal_change(tg_argv[0], before, after) then
    raise exception '% % may not change from % to %', tg_table_name, new.id, before, after
      using errcode = 'check_violation', table = tg_table_name, constraint = tg_table_name || '_state_guard';
  end if;
  return new;
end $$;
create trigger state_guard before update of state on execution
  for each row when (old.state <> new.state) execute function state_guard('execution', 'state');
create trigger state_guard before update of state on agent_execution
  for each row when (old.state <> new.state) execute function state_guard('execution', 'state');
create trigger state_guard before update of state_detail on agent
  for each row when (old.state_detail <> new.state_detail) execute function state_guard('agent', 'state_detail');
create trigger state_guard before update of status on agent_template
  for each row when (old.status <> new.status) execute function state_guard('template', 'status');

-- Refuses a row under a parent of another owner. Arguments: column, parent's table, `shared` or `same`. A shared parent (no
-- owner) is good for all, but what is a part of it (`same`) is shared as well. It runs as `conclave_system`, which sees the
-- parents of all owners.
create function owner_guard() returns trigger
language plpgsql security definer set search_path = conclave, pg_temp as $$
declare
  parent uuid := (to_jsonb(new) ->> tg_argv[0])::uuid;
  parent_owner uuid;
begin
  if parent is null then return null; end if;
  execute format('select owner_id from %I where id = $1', tg_argv[1]) into parent_owner using parent;
  if parent_owner is distinct from new.owner_id and (parent_owner is not null or tg_argv[2] = 'same') then
    raise exception '%.% refers to a row of another owner', tg_table_name, tg_argv[0]
      using errcode = 'foreign_key_violation', table = tg_table_name, constraint = tg_table_name || '_owner_guard';
  end if;
  return null;
end $$;

do $$
declare
  reference record;
begin
  for reference in select * from (values
    ('project', 'default_provider_id', 'provider_config', 'shared'),
    ('capability_compatibility', 'capability_id', 'capability', 'shared'),
    ('capability_compatibility', 'compatible_id', 'capability', 'shared'),
    ('template_version', 'template_id', 'agent_template', 'same'),
    ('template_version', 'provider_config_id', 'provider_config', 'shared'),
    ('template_version', 'model_entry_id', 'model_catalog_entry', 'shared'),
    ('template_capability', 'template_version_id', 'template_version', 'same'),
    ('template_capability', 'capability_id', 'capability', 'shared'),
    ('agent', 'template_version_id', 'template_version', 'shared'),
    ('agent', 'provider_config_id', 'provider_config', 'shared'),
    ('agent_configuration', 'template_id', 'agent_template', 'shared'),
    ('agent_configuration', 'provider_config_id', 'provider_config', 'shared'),
    ('agent_capability', 'capability_id', 'capability', 'shared'),
    ('model_catalog_entry', 'provider_config_id', 'provider_config', 'same'),
    ('topology_membership', 'topology_id', 'topology', 'same'),
    ('topology_membership', 'template_id', 'agent_template', 'shared'),
    ('topology_membership', 'template_version_id', 'template_version', 'shared'),
    ('topology_membership', 'agent_id', 'agent', 'same'),
    ('execution', 'topology_id', 'topology', 'shared'),
    ('agent_execution', 'template_version_id', 'template_version', 'shared')
  ) as t (child, parent_column, parent, rule)
  loop
    execute format(
      'create constraint trigger owner_guard_%2$s after insert or update of owner_id, %2$s on %1$s
         deferrable initially deferred for each row execute function owner_guard(%2$L, %3$L, %4$L)',
      reference.child, reference.parent_column, reference.parent, reference.rule);
  end loop;
end $$;

-- Users may change their own row, but not what they are allowed.
create function user_guard() returns trigger
language plpgsql set search_path = conclave, pg_temp as $$
begin
  if current_user = 'conclave_app' and app_role() <> 'admin'
    and (new.roles, new.is_active) is distinct from (old.roles, old.is_active) then
    raise exception 'only an administrator may change roles or deactivate a user'
      using errcode = 'insufficient_privilege', table = 'user_account';
  end if;
  return new;
end $$;
create trigger user_guard before update on user_account for each row execute function user_guard();
