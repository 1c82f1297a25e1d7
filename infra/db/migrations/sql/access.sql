-- Row-level security, by the classes of the data model, and what each role may do. `conclave_app` is held by its policies to
-- the owner of the session; `conclave_system` sees all rows of the tables that it is granted.
do $$
declare
  -- T: a tenant's own rows.
  tenant text[] := array['api_key', 'idempotency_record', 'project', 'content_body', 'agent', 'agent_profile',
    'agent_configuration', 'agent_capability', 'agent_state_history', 'execution', 'agent_execution',
    'execution_state_history', 'message', 'message_recipient', 'call_flight', 'llm_call', 'budget'];
  -- S: own rows, and shared ones that belong to nobody.
  shared text[] := array['capability', 'capability_compatibility', 'agent_template', 'template_version',
    'template_capability', 'provider_config', 'model_catalog_entry', 'topology', 'topology_membership'];
  own constant text := 'owner_id = app_user_id() or app_role() = ''admin''';
  name text;
begin
  foreach name in array tenant || shared || array['event', 'event_counter', 'user_account'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy system on %I to conclave_system using (true) with check (true)', name);
  end loop;
  foreach name in array tenant loop
    execute format('create policy tenant on %I to conclave_app using (%s) with check (%2$s)', name, own);
  end loop;
  foreach name in array shared loop
    execute format('create policy tenant on %I to conclave_app using (%s) with check (%2$s)', name,
      own || ' or (owner_id is null and app_role() = ''operator'')');
    execute format('create policy shared on %I for select to conclave_app
      using (owner_id is null and app_user_id() is not null)', name);
  end loop;
end $$;

-- Events without an owner are the system's.
create policy tenant on event to conclave_app
  using (owner_id = app_user_id() or app_role() = 'admin' or (owner_id is null and app_role() = 'operator'))
  with check (owner_id = app_user_id() or app_role() = 'admin');
create policy everyone on event_counter for select to conclave_app using (app_user_id() is not null);
-- U: one's own row; administrators make and change all of them. `user_guard` does the rest.
create policy own on user_account to conclave_app
  using (id = app_user_id() or app_role() = 'admin') with check (id = app_user_id() or app_role() = 'admin');

grant usage on schema conclave to conclave_app, conclave_system;
grant usage on sequence event_ordinal_seq to conclave_app, conclave_system;

-- The application. Histories, events and the ledger are never changed nor deleted but by the cascade from their root.
grant select, insert, update on user_account, api_key, message to conclave_app;
grant select, insert, update, delete on idempotency_record, project, content_body, capability, capability_compatibility,
  agent_template, template_version, template_capability, agent, agent_profile, agent_configuration, agent_capability,
  provider_config, model_catalog_entry, topology, topology_membership, execution, agent_execution, message_recipient,
  call_flight, budget to conclave_app;
grant select, insert on agent_state_history, execution_state_history, event, llm_call to conclave_app;
-- A call is superseded after a reset, and one that was given up may still learn what it cost.
grant update (superseded_at, input_tokens, output_tokens, cost_usd) on llm_call to conclave_app;
grant select on event_counter, agent_response to conclave_app;

-- Relay, sweep, first start, and the doors.
grant select, insert, update on user_account, project, api_key, execution, agent_execution, budget, message, event_counter
  to conclave_system;
grant select, insert on execution_state_history, llm_call, event, content_body to conclave_system;
grant update (position, sequence) on event to conclave_system;
grant select, insert, update, delete on call_flight to conclave_system;
grant select, delete on idempotency_record to conclave_system;
grant select (id, owner_id) on capability, agent_template, template_version, provider_config, model_catalog_entry, topology,
  agent to conclave_system;
grant select (name) on capability to conclave_system;
grant select on agent_response to conclave_system;
-- Sealed anew with another key.
grant select (credentials, credentials_key_id, row_version), update (credentials, credentials_key_id, row_version)
  on provider_config to conclave_system;

-- Doors belong to `conclave_system`: under FORCE one that belongs to the tables' owner would find nothing.
grant create on schema conclave to conclave_system;
alter function owner_guard() owner to conclave_system;
alter function authenticate(text, bytea) owner to conclave_system;
revoke create on schema conclave from conclave_system;

revoke execute on all functions in schema conclave from public;
grant execute on all functions in schema conclave to conclave_app, conclave_system;
revoke execute on function ensure_event_partitions(integer) from conclave_app;
