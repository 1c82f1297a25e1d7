create table provider_config (
  id uuid not null,
  owner_id uuid,
  name text not null check (length(name) between 1 and 128),
  provider_type text not null
    check (provider_type in ('ollama', 'openai', 'anthropic', 'google', 'huggingface', 'openrouter', 'openai_compatible', 'custom', 'rehearsal')),
  adapter text check (length(adapter) <= 255),
  api_endpoint text not null check (length(api_endpoint) <= 512),
  auth_type text not null check (auth_type in ('bearer_token', 'api_key', 'oauth', 'none')),
  credentials bytea,
  credentials_key_id text,
  requests_per_minute integer check (requests_per_minute > 0),
  tokens_per_minute integer check (tokens_per_minute > 0),
  max_concurrent integer check (max_concurrent > 0),
  enabled boolean not null default true,
  metadata jsonb not null default '{}',
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  row_version integer not null default 1,
  primary key (id),
  constraint provider_config_credentials_check
    check ((credentials is null) = (credentials_key_id is null))
);
create index provider_config_enabled_idx on provider_config (name) where enabled;
create unique index provider_config_owner_id_name_key on provider_config (owner_id, name)
  where owner_id is not null;
create unique index provider_config_shared_name_key on provider_config (name)
  where owner_id is null;

create table model_catalog_entry (
  id uuid not null,
  owner_id uuid,
  provider_config_id uuid not null,
  model_name text not null check (length(model_name) between 1 and 128),
  context_window integer check (context_window > 0),
  max_output_tokens integer check (max_output_tokens > 0),
  input_usd_per_mtok numeric(14,6) check (input_usd_per_mtok >= 0),
  output_usd_per_mtok numeric(14,6) check (output_usd_per_mtok >= 0),
  cached_usd_per_mtok numeric(14,6) check (cached_usd_per_mtok >= 0),
  capabilities text[] not null default '{}',
  is_local boolean not null default false,
  enabled boolean not null default true,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  primary key (id),
  constraint model_catalog_entry_provider_config_id_model_name_key
    unique (provider_config_id, model_name)
);
create index model_catalog_entry_owner_id_idx on model_catalog_entry (owner_id);

create table budget (
  id uuid not null,
  owner_id uuid not null,
  scope text not null
    check (scope in ('owner', 'project', 'task', 'team', 'execution', 'agent_execution')),
  scope_id uuid not null,
  parent_id uuid,
  path uuid[] not null,
  is_closed boolean not null default false,
  limit_tokens bigint check (limit_tokens >= 0),
  reserved_tokens bigint not null default 0 check (reserved_tokens >= 0),
  used_tokens bigint not null default 0 check (used_tokens >= 0),
  overrun_tokens bigint not null default 0 check (overrun_tokens >= 0),
  limit_usd numeric(14,6) check (limit_usd >= 0),
  reserved_usd numeric(14,6) not null default 0 check (reserved_usd >= 0),
  used_usd numeric(14,6) not null default 0 check (used_usd >= 0),
  overrun_usd numeric(14,6) not null default 0 check (overrun_usd >= 0),
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  row_version integer not null default 1,
  primary key (id),
  constraint budget_scope_scope_id_key unique (scope, scope_id),
  constraint budget_owner_id_id_key unique (owner_id, id),
  constraint budget_tokens_check
    check (limit_tokens is null or used_tokens + reserved_tokens <= limit_tokens),
  constraint budget_usd_check check (limit_usd is null or used_usd + reserved_usd <= limit_usd),
  constraint budget_path_check
    check (path[cardinality(path)] = id and (cardinality(path) = 1) = (parent_id is null))
) with (fillfactor = 50);
create index budget_parent_id_idx on budget (parent_id);
