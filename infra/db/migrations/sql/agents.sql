create table capability (
  id uuid not null,
  owner_id uuid,
  name text not null check (length(name) between 1 and 128),
  description text,
  category text check (length(category) <= 64),
  token_cost bigint check (token_cost >= 0),
  required_model text,
  metadata jsonb not null default '{}',
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  primary key (id)
);
create index capability_category_idx on capability (category);
create index capability_metadata_idx on capability using gin (metadata);
create unique index capability_owner_id_name_key on capability (owner_id, name)
  where owner_id is not null;
create unique index capability_shared_name_key on capability (name) where owner_id is null;

create table capability_compatibility (
  capability_id uuid not null,
  compatible_id uuid not null,
  owner_id uuid,
  score double precision not null default 1 check (score between 0 and 1),
  created_at timestamptz(3) not null default now(),
  primary key (capability_id, compatible_id),
  constraint capability_compatibility_order_check check (capability_id < compatible_id)
);
create index capability_compatibility_compatible_id_idx on capability_compatibility (compatible_id);
create index capability_compatibility_owner_id_idx on capability_compatibility (owner_id);

create table agent_template (
  id uuid not null,
  owner_id uuid,
  name text not null check (name ~ '^[a-z0-9_-]{1,64}$' and name ~ '[a-z0-9]'),
  display_name text not null check (length(display_name) between 1 and 255),
  description text not null check (length(description) between 1 and 1024),
  type text not null default 'custom'
    check (type in ('coordinator', 'assistant', 'researcher', 'developer', 'designer', 'specialist', 'auditor', 'custom')),
  role text not null default 'specialist'
    check (role in ('planner', 'executor', 'reviewer', 'critic', 'synthesizer', 'specialist', 'coordinator', 'observer')),
  status text not null default 'draft' check (status in ('draft', 'published', 'deprecated')),
  category text,
  created_by text not null default 'user',
  is_auto_generated boolean not null default false,
  approval_required boolean not null default true,
  governance_rules jsonb not null default '{}',
  configuration_schema jsonb not null default '{}',
  default_configuration jsonb not null default '{}',
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  row_version integer not null default 1,
  primary key (id)
);
create index agent_template_owner_id_status_updated_at_idx on agent_template (owner_id, status, updated_at);
create index agent_template_category_idx on agent_template (category);
create unique index agent_template_owner_id_name_key on agent_template (owner_id, name)
  where owner_id is not null;
create unique index agent_template_shared_name_key on agent_template (name) where owner_id is null;

create table template_version (
  id uuid not null,
  owner_id uuid,
  template_id uuid not null,
  version text not null default '1.0.0' check (version ~ '^[0-9]{1,9}[.][0-9]{1,9}[.][0-9]{1,9}$'),
  model text,
  provider_config_id uuid,
  model_entry_id uuid,
  parameters jsonb not null,
  personality text,
  prompt_template text,
  cost_profile jsonb not null default '{}',
  performance_metrics jsonb not null default '{}',
  is_deprecated boolean not null default false,
  published_at timestamptz(3),
  created_at timestamptz(3) not null default now(),
  primary key (id),
  constraint template_version_template_id_version_key unique (template_id, version)
);
create index template_version_template_id_idx on template_version (template_id)
  where not is_deprecated;
create index template_version_owner_id_idx on template_version (owner_id);
create index template_version_provider_config_id_idx on template_version (provider_config_id);
create index template_version_model_entry_id_idx on template_version (model_entry_id);

create table template_capability (
  template_version_id uuid not null,
  capability_id uuid not null,
  owner_id uuid,
  version text not null default '1.0.0' check (version ~ '^[0-9]{1,9}[.][0-9]{1,9}[.][0-9]{1,9}$'),
  config jsonb not null default '{}',
  enabled boolean not null default true,
  proficiency double precision not null default 0.5 check (proficiency between 0 and 1),
  primary key (template_version_id, capability_id)
);
create index template_capability_capability_id_idx on template_capability (capability_id);
create index template_capability_owner_id_idx on template_capability (owner_id);

create table agent (
  id uuid not null,
  owner_id uuid not null,
  project_id uuid not null,
  template_version_id uuid not null,
  name text not null check (length(name) between 1 and 255),
  description text,
  type text not null
    check (type in ('coordinator', 'assistant', 'researcher', 'developer', 'designer', 'specialist', 'auditor', 'custom')),
  role text not null
    check (role in ('planner', 'executor', 'reviewer', 'critic', 'synthesizer', 'specialist', 'coordinator', 'observer')),
  state_detail text not null default 'created'
    check (state_detail in ('created', 'initializing', 'ready', 'active', 'paused', 'error', 'terminated')),
  status text generated always as (case
  when state_detail = 'error' then 'error'
  when in_maintenance and state_detail <> 'terminated' then 'maintenance'
  when state_detail = 'active' and running_count >= max_concurrency then 'busy'
  when state_detail = 'active' then 'active'
  else 'inactive' end) stored not null
    check (status in ('inactive', 'active', 'busy', 'error', 'maintenance')),
  in_maintenance boolean not null default false,
  running_count integer not null default 0 check (running_count >= 0),
  max_concurrency integer not null default 1 check (max_concurrency >= 1),
  previous_state_detail text
    check (previous_state_detail in ('created', 'initializing', 'ready', 'active', 'paused', 'error', 'terminated')),
  state_entered_at timestamptz(3) not null default now(),
  personality text,
  prompt_template text,
  provider_config_id uuid,
  model_name text check (length(model_name) <= 128),
  configuration jsonb not null default '{}',
  message_subscriptions text[] not null default '{}',
  metadata jsonb not null default '{}',
  token_budget bigint check (token_budget > 0),
  last_heartbeat_at timestamptz(3),
  workflow_id text not null,
  terminated_at timestamptz(3),
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  row_version integer not null default 1,
  primary key (id),
  constraint agent_owner_id_id_key unique (owner_id, id)
);
create index agent_project_id_status_idx on agent (project_id, status);
create index agent_status_idx on agent (status);
create index agent_owner_id_updated_at_idx on agent (owner_id, updated_at);
create index agent_free_idx on agent (owner_id) where status = 'active';
create index agent_template_version_id_idx on agent (template_version_id);
create index agent_provider_config_id_idx on agent (provider_config_id);
create index agent_message_subscriptions_idx on agent using gin (message_subscriptions);
create index agent_metadata_idx on agent using gin (metadata);
create unique index agent_project_id_name_key on agent (project_id, name)
  where state_detail <> 'terminated';

create table agent_profile (
  agent_id uuid not null,
  owner_id uuid not null,
  presence text not null default 'offline'
    check (presence in ('online', 'working', 'idle', 'offline', 'error', 'overloaded')),
  presence_at timestamptz(3) not null default now(),
  expertise text[] not null default '{}',
  biography text,
  avatar_seed text,
  tasks_completed integer not null default 0 check (tasks_completed >= 0),
  tasks_failed integer not null default 0 check (tasks_failed >= 0),
  consecutive_errors integer not null default 0 check (consecutive_errors >= 0),
  token_count bigint not null default 0 check (token_count >= 0),
  cost_usd numeric(14,6) not null default 0 check (cost_usd >= 0),
  judged_count integer not null default 0 check (judged_count >= 0),
  good_count integer not null default 0
    constraint agent_profile_good_count_check check (good_count between 0 and judged_count),
  reliability_score double precision check (reliability_score between 0 and 1),
  average_quality_score double precision check (average_quality_score between 0 and 1),
  average_response_ms integer check (average_response_ms >= 0),
  satisfaction double precision check (satisfaction between 1 and 5),
  satisfaction_count integer not null default 0 check (satisfaction_count >= 0),
  token_efficiency double precision check (token_efficiency >= 0),
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  primary key (agent_id)
);
create index agent_profile_owner_id_agent_id_idx on agent_profile (owner_id, agent_id);
create index agent_profile_presence_idx on agent_profile (presence);
create index agent_profile_reliability_score_idx on agent_profile (reliability_score);
create index agent_profile_expertise_idx on agent_profile using gin (expertise);

create table agent_configuration (
  id uuid not null,
  owner_id uuid not null,
  template_id uuid,
  agent_id uuid,
  model_provider text
    check (model_provider in ('ollama', 'openai', 'anthropic', 'google', 'huggingface', 'openrouter', 'openai_compatible', 'custom', 'rehearsal')),
  assigned_llm text,
  provider_config_id uuid,
  system_prompt text,
  constraints jsonb not null default '{}',
  settings jsonb not null default '{}',
  timeout_ms integer check (timeout_ms > 0),
  max_retries integer check (max_retries >= 0),
  priority smallint check (priority between 0 and 5),
  is_active boolean not null default true,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  row_version integer not null default 1,
  primary key (id),
  constraint agent_configuration_subject_check check (num_nonnulls(template_id, agent_id) = 1)
);
create index agent_configuration_template_id_idx on agent_configuration (template_id);
create index agent_configuration_agent_id_idx on agent_configuration (agent_id);
create index agent_configuration_provider_config_id_idx on agent_configuration (provider_config_id);
create index agent_configuration_constraints_idx on agent_configuration using gin (constraints);
create unique index agent_configuration_owner_id_template_id_key on agent_configuration (owner_id, template_id)
  where template_id is not null;
create unique index agent_configuration_owner_id_agent_id_key on agent_configuration (owner_id, agent_id)
  where agent_id is not null;

create table agent_capability (
  agent_id uuid not null,
  capability_id uuid not null,
  owner_id uuid not null,
  proficiency double precision not null default 0.5 check (proficiency between 0 and 1),
  usage_count integer not null default 0 check (usage_count >= 0),
  token_efficiency double precision check (token_efficiency >= 0),
  version text not null default '1.0.0' check (version ~ '^[0-9]{1,9}[.][0-9]{1,9}[.][0-9]{1,9}$'),
  enabled boolean not null default true,
  config jsonb not null default '{}',
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  primary key (agent_id, capability_id)
);
create index agent_capability_able_idx on agent_capability (capability_id, proficiency)
  where enabled;
create index agent_capability_capability_id_idx on agent_capability (capability_id);
create index agent_capability_owner_id_agent_id_idx on agent_capability (owner_id, agent_id);

create table agent_state_history (
  id uuid not null,
  owner_id uuid not null,
  agent_id uuid not null,
  ordinal integer not null,
  previous_status text
    check (previous_status in ('inactive', 'active', 'busy', 'error', 'maintenance')),
  new_status text not null
    check (new_status in ('inactive', 'active', 'busy', 'error', 'maintenance')),
  previous_state_detail text
    check (previous_state_detail in ('created', 'initializing', 'ready', 'active', 'paused', 'error', 'terminated')),
  new_state_detail text not null
    check (new_state_detail in ('created', 'initializing', 'ready', 'active', 'paused', 'error', 'terminated')),
  reason text,
  notes text,
  entered_at timestamptz(3) not null,
  previous_duration_ms bigint check (previous_duration_ms >= 0),
  previous_token_count bigint check (previous_token_count >= 0),
  metrics jsonb not null default '{}',
  approver_kind text not null default 'system' check (approver_kind in ('user', 'rule', 'system')),
  approver_id text,
  primary key (id),
  constraint agent_state_history_agent_id_ordinal_key unique (agent_id, ordinal)
);
create index agent_state_history_owner_id_agent_id_idx on agent_state_history (owner_id, agent_id);
create index agent_state_history_agent_id_entered_at_idx on agent_state_history (agent_id, entered_at);
create index agent_state_history_entered_at_idx on agent_state_history (entered_at);
