-- Every foreign key. All are checked at the end of the transaction, so that rows may be written in any order.
-- Where parent and child both have an owner, the key holds the owner too: a check of a foreign key ignores row-level
-- security, and would otherwise let one owner attach a row to another's. The rest is for `owner_guard`.

-- Owners. Users are deactivated, never deleted.
alter table api_key add constraint api_key_owner_id_fkey foreign key (owner_id)
  references user_account (id) deferrable initially deferred;
alter table idempotency_record add constraint idempotency_record_owner_id_fkey foreign key (owner_id)
  references user_account (id) deferrable initially deferred;
alter table project add constraint project_owner_id_fkey foreign key (owner_id)
  references user_account (id) deferrable initially deferred;
alter table content_body add constraint content_body_owner_id_fkey foreign key (owner_id)
  references user_account (id) deferrable initially deferred;
alter table capability add constraint capability_owner_id_fkey foreign key (owner_id)
  references user_account (id) deferrable initially deferred;
alter table agent_template add constraint agent_template_owner_id_fkey foreign key (owner_id)
  references user_account (id) deferrable initially deferred;
alter table agent_configuration add constraint agent_configuration_owner_id_fkey foreign key (owner_id)
  references user_account (id) deferrable initially deferred;
alter table provider_config add constraint provider_config_owner_id_fkey foreign key (owner_id)
  references user_account (id) deferrable initially deferred;
alter table topology add constraint topology_owner_id_fkey foreign key (owner_id)
  references user_account (id) deferrable initially deferred;
alter table execution add constraint execution_owner_id_fkey foreign key (owner_id)
  references user_account (id) deferrable initially deferred;
alter table budget add constraint budget_owner_id_fkey foreign key (owner_id)
  references user_account (id) deferrable initially deferred;

-- Templates and agents
alter table template_version add constraint template_version_template_id_fkey foreign key (template_id)
  references agent_template (id) on delete cascade deferrable initially deferred;
alter table template_version add constraint template_version_provider_config_id_fkey foreign key (provider_config_id)
  references provider_config (id) on delete set null deferrable initially deferred;
alter table template_version add constraint template_version_model_entry_id_fkey foreign key (model_entry_id)
  references model_catalog_entry (id) on delete set null deferrable initially deferred;
alter table template_capability add constraint template_capability_template_version_id_fkey foreign key (template_version_id)
  references template_version (id) on delete cascade deferrable initially deferred;
alter table template_capability add constraint template_capability_capability_id_fkey foreign key (capability_id)
  references capability (id) deferrable initially deferred;
alter table capability_compatibility add constraint capability_compatibility_capability_id_fkey foreign key (capability_id)
  references capability (id) on delete cascade deferrable initially deferred;
alter table capability_compatibility add constraint capability_compatibility_compatible_id_fkey foreign key (compatible_id)
  references capability (id) on delete cascade deferrable initially deferred;
alter table project add constraint project_default_provider_id_fkey foreign key (default_provider_id)
  references provider_config (id) on delete set null deferrable initially deferred;
alter table agent add constraint agent_project_id_fkey foreign key (owner_id, project_id)
  references project (owner_id, id) on delete cascade deferrable initially deferred;
alter table agent add constraint agent_template_version_id_fkey foreign key (template_version_id)
  references template_version (id) deferrable initially deferred;
alter table agent add constraint agent_provider_config_id_fkey foreign key (provider_config_id)
  references provider_config (id) on delete set null deferrable initially deferred;
alter table agent_profile add constraint agent_profile_agent_id_fkey foreign key (owner_id, agent_id)
  references agent (owner_id, id) on delete cascade deferrable initially deferred;
alter table agent_configuration add constraint agent_configuration_template_id_fkey foreign key (template_id)
  references agent_template (id) on delete cascade deferrable initially deferred;
alter table agent_configuration add constraint agent_configuration_agent_id_fkey foreign key (owner_id, agent_id)
  references agent (owner_id, id) on delete cascade deferrable initially deferred;
alter table agent_configuration add constraint agent_configuration_provider_config_id_fkey foreign key (provider_config_id)
  references provider_config (id) on delete set null deferrable initially deferred;
alter table agent_capability add constraint agent_capability_agent_id_fkey foreign key (owner_id, agent_id)
  references agent (owner_id, id) on delete cascade deferrable initially deferred;
alter table agent_capability add constraint agent_capability_capability_id_fkey foreign key (capability_id)
  references capability (id) deferrable initially deferred;
alter table agent_state_history add constraint agent_state_history_agent_id_fkey foreign key (owner_id, agent_id)
  references agent (owner_id, id) on delete cascade deferrable initially deferred;
alter table model_catalog_entry add constraint model_catalog_entry_provider_config_id_fkey foreign key (provider_config_id)
  references provider_config (id) on delete cascade deferrable initially deferred;

-- Topologies and executions
alter table topology_membership add constraint topology_membership_topology_id_fkey foreign key (topology_id)
  references topology (id) on delete cascade deferrable initially deferred;
alter table topology_membership add constraint topology_membership_template_id_fkey foreign key (template_id)
  references agent_template (id) deferrable initially deferred;
alter table topology_membership add constraint topology_membership_template_version_id_fkey foreign key (template_version_id)
  references template_version (id) deferrable initially deferred;
alter table topology_membership add constraint topology_membership_agent_id_fkey foreign key (owner_id, agent_id)
  references agent (owner_id, id) deferrable initially deferred;
alter table execution add constraint execution_project_id_fkey foreign key (owner_id, project_id)
  references project (owner_id, id) on delete cascade deferrable initially deferred;
alter table execution add constraint execution_topology_id_fkey foreign key (topology_id)
  references topology (id) deferrable initially deferred;
alter table execution add constraint execution_agent_id_fkey foreign key (owner_id, agent_id)
  references agent (owner_id, id) deferrable initially deferred;
alter table execution add constraint execution_parent_execution_id_fkey foreign key (owner_id, parent_execution_id)
  references execution (owner_id, id) on delete cascade deferrable initially deferred;
alter table execution add constraint execution_root_execution_id_fkey foreign key (owner_id, root_execution_id)
  references execution (owner_id, id) on delete cascade deferrable initially deferred;
alter table execution add constraint execution_forked_from_id_fkey foreign key (owner_id, forked_from_id)
  references execution (owner_id, id) on delete set null (forked_from_id) deferrable initially deferred;
alter table agent_execution add constraint agent_execution_execution_id_fkey foreign key (owner_id, execution_id)
  references execution (owner_id, id) on delete cascade deferrable initially deferred;
alter table agent_execution add constraint agent_execution_agent_id_fkey foreign key (owner_id, agent_id)
  references agent (owner_id, id) deferrable initially deferred;
alter table agent_execution add constraint agent_execution_template_version_id_fkey foreign key (template_version_id)
  references template_version (id) deferrable initially deferred;
alter table execution_state_history add constraint execution_state_history_execution_id_fkey foreign key (owner_id, execution_id)
  references execution (owner_id, id) on delete cascade deferrable initially deferred;
alter table execution_state_history add constraint execution_state_history_agent_execution_id_fkey foreign key (owner_id, agent_execution_id)
  references agent_execution (owner_id, id) on delete cascade deferrable initially deferred;
alter table budget add constraint budget_parent_id_fkey foreign key (owner_id, parent_id)
  references budget (owner_id, id) on delete cascade deferrable initially deferred;

-- Per turn: only what must go with the execution
alter table message add constraint message_execution_id_fkey foreign key (owner_id, execution_id)
  references execution (owner_id, id) on delete cascade deferrable initially deferred;
alter table message add constraint message_sender_id_fkey foreign key (owner_id, sender_id)
  references agent_execution (owner_id, id) on delete cascade deferrable initially deferred;
alter table message_recipient add constraint message_recipient_message_id_fkey foreign key (owner_id, message_id)
  references message (owner_id, id) on delete cascade deferrable initially deferred;
alter table message_recipient add constraint message_recipient_agent_execution_id_fkey foreign key (owner_id, agent_execution_id)
  references agent_execution (owner_id, id) on delete cascade deferrable initially deferred;
alter table call_flight add constraint call_flight_execution_id_fkey foreign key (owner_id, execution_id)
  references execution (owner_id, id) on delete cascade deferrable initially deferred;
alter table llm_call add constraint llm_call_execution_id_fkey foreign key (owner_id, execution_id)
  references execution (owner_id, id) on delete cascade deferrable initially deferred;
alter table llm_call add constraint llm_call_agent_execution_id_fkey foreign key (owner_id, agent_execution_id)
  references agent_execution (owner_id, id) on delete cascade deferrable initially deferred;
