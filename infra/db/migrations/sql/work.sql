create table topology (
  id uuid not null,
  owner_id uuid,
  name text not null check (name ~ '^[a-z0-9_-]{1,64}$' and name ~ '[a-z0-9]'),
  description text not null check (length(description) between 1 and 1024),
  type text not null
    check (type in ('debate', 'chain', 'delegation', 'crosscheck', 'ensemble', 'pipeline', 'compound')),
  version text not null default '1.0.0' check (version ~ '^[0-9]{1,9}[.][0-9]{1,9}[.][0-9]{1,9}$'),
  config jsonb not null default '{}',
  archived_at timestamptz(3),
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  row_version integer not null default 1,
  primary key (id)
);
create index topology_owner_id_type_updated_at_idx on topology (owner_id, type, updated_at);
create unique index topology_owner_id_name_key on topology (owner_id, name)
  where owner_id is not null;
create unique index topology_shared_name_key on topology (name) where owner_id is null;

create table topology_membership (
  id uuid not null,
  owner_id uuid,
  topology_id uuid not null,
  slot_name text not null check (slot_name ~ '^[A-Za-z][A-Za-z0-9_-]{0,63}$'),
  position integer not null default 0 check (position >= 0),
  template_id uuid,
  template_version_id uuid,
  agent_id uuid,
  weight double precision check (weight >= 0),
  config_overrides jsonb not null default '{}',
  primary key (id),
  constraint topology_membership_topology_id_slot_name_key unique (topology_id, slot_name),
  constraint topology_membership_filler_check
    check (num_nonnulls(template_id, agent_id) = 1 and (template_version_id is null or template_id is not null))
);
create index topology_membership_topology_id_position_idx on topology_membership (topology_id, position);
create index topology_membership_owner_id_idx on topology_membership (owner_id);
create index topology_membership_template_id_idx on topology_membership (template_id);
create index topology_membership_template_version_id_idx on topology_membership (template_version_id);
create index topology_membership_agent_id_idx on topology_membership (agent_id);

create table execution (
  id uuid not null,
  owner_id uuid not null,
  kind text not null check (kind in ('topology', 'conversation', 'task_graph', 'task', 'agent')),
  workflow_type text not null check (workflow_type in ('soloAgent', 'debate')),
  title text check (length(title) <= 100),
  project_id uuid,
  topology_id uuid,
  agent_id uuid,
  definition jsonb not null,
  parent_execution_id uuid,
  parent_slot text,
  root_execution_id uuid not null,
  depth smallint not null default 0,
  forked_from_id uuid,
  forked_at_sequence integer,
  retry_of_run_id text,
  state text not null default 'queued'
    check (state in ('queued', 'preparing', 'running', 'paused', 'completed', 'failed', 'cancelled')),
  progress_percentage double precision not null default 0
    check (progress_percentage between 0 and 100),
  status_message text,
  input jsonb not null,
  output jsonb,
  error text,
  error_details jsonb,
  correlation_id text check (length(correlation_id) <= 255),
  metadata jsonb not null default '{}',
  idempotency_key text,
  workflow_id text not null,
  run_id text,
  priority smallint not null default 0 check (priority between 0 and 5),
  deadline_at timestamptz(3),
  next_check_at timestamptz(3),
  started_at timestamptz(3),
  completed_at timestamptz(3),
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  row_version integer not null default 1,
  primary key (id),
  constraint execution_owner_id_id_key unique (owner_id, id),
  constraint execution_root_check
    check ((depth = 0) = (parent_execution_id is null) and (depth = 0) = (root_execution_id = id)),
  constraint execution_closed_check
    check ((state in ('completed', 'failed', 'cancelled')) = (completed_at is not null)),
  constraint execution_outcome_check
    check ((state <> 'completed' or output is not null) and (state <> 'failed' or error is not null))
);
create index execution_owner_id_created_at_idx on execution (owner_id, created_at);
create index execution_project_id_state_created_at_idx on execution (project_id, state, created_at);
create index execution_root_execution_id_idx on execution (root_execution_id);
create index execution_parent_execution_id_idx on execution (parent_execution_id)
  where parent_execution_id is not null;
create index execution_forked_from_id_idx on execution (forked_from_id)
  where forked_from_id is not null;
create index execution_agent_id_idx on execution (agent_id) where agent_id is not null;
create index execution_open_idx on execution (state, updated_at)
  where state in ('queued', 'preparing', 'running', 'paused');
create index execution_correlation_id_idx on execution (correlation_id);
create index execution_topology_id_created_at_idx on execution (topology_id, created_at);
create index execution_metadata_idx on execution using gin (metadata);

create table agent_execution (
  id uuid not null,
  owner_id uuid not null,
  execution_id uuid not null,
  slot_name text not null check (length(slot_name) between 1 and 64),
  position integer not null default 0,
  agent_id uuid,
  template_version_id uuid,
  display_name text not null,
  role text not null
    check (role in ('planner', 'executor', 'reviewer', 'critic', 'synthesizer', 'specialist', 'coordinator', 'observer')),
  weight double precision not null default 1 check (weight >= 0),
  resolved_config jsonb not null,
  prompt_sha256 bytea not null check (octet_length(prompt_sha256) = 32),
  prompt_token_estimate integer not null default 0 check (prompt_token_estimate >= 0),
  state text not null default 'queued'
    check (state in ('queued', 'preparing', 'running', 'paused', 'completed', 'failed', 'cancelled')),
  progress_percentage double precision not null default 0
    check (progress_percentage between 0 and 100),
  status_message text,
  parameters jsonb,
  context jsonb,
  memory jsonb not null default '{}',
  metadata jsonb not null default '{}',
  result jsonb,
  error_message text,
  retry_count integer not null default 0 check (retry_count >= 0),
  started_at timestamptz(3),
  completed_at timestamptz(3),
  last_active_at timestamptz(3),
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  primary key (id),
  constraint agent_execution_execution_id_slot_name_key unique (execution_id, slot_name),
  constraint agent_execution_owner_id_id_key unique (owner_id, id)
);
create index agent_execution_agent_id_created_at_idx on agent_execution (agent_id, created_at);
create index agent_execution_template_version_id_idx on agent_execution (template_version_id);
create index agent_execution_running_idx on agent_execution (agent_id)
  where state in ('preparing', 'running');

create table execution_state_history (
  id uuid not null,
  owner_id uuid not null,
  execution_id uuid not null,
  agent_execution_id uuid,
  ordinal integer not null,
  previous_state text
    check (previous_state in ('queued', 'preparing', 'running', 'paused', 'completed', 'failed', 'cancelled')),
  new_state text not null
    check (new_state in ('queued', 'preparing', 'running', 'paused', 'completed', 'failed', 'cancelled')),
  reason text,
  actor text,
  entered_at timestamptz(3) not null,
  primary key (id)
);
create index execution_state_history_execution_id_entered_at_idx on execution_state_history (execution_id, entered_at);
create index execution_state_history_agent_execution_id_idx on execution_state_history (agent_execution_id);
create index execution_state_history_entered_at_idx on execution_state_history (entered_at);
create unique index execution_state_history_execution_id_ordinal_key on execution_state_history (execution_id, ordinal)
  where agent_execution_id is null;
create unique index execution_state_history_agent_execution_id_ordinal_key on execution_state_history (agent_execution_id, ordinal)
  where agent_execution_id is not null;

create table message (
  id uuid not null,
  owner_id uuid not null,
  execution_id uuid,
  sequence integer,
  round integer not null default 0,
  sender_kind text not null check (sender_kind in ('agent', 'user', 'system', 'tool')),
  sender_id uuid,
  sender_agent_id uuid,
  sender_user_id uuid,
  message_type text not null
    check (message_type in ('request', 'response', 'feedback', 'escalation', 'broadcast', 'system', 'tool_result', 'interjection')),
  subtype text check (length(subtype) <= 128),
  topic text check (length(topic) <= 255),
  content jsonb not null,
  token_estimate integer not null default 0,
  output jsonb,
  choice text,
  value double precision,
  verdict text check (verdict in ('approve', 'reject', 'revise', 'abstain', 'escalate')),
  findings jsonb,
  confidence double precision check (confidence between 0 and 1),
  weight double precision check (weight >= 0),
  abstained boolean not null default false,
  quality_score double precision check (quality_score between 0 and 1),
  reasoning text,
  failure_code text,
  omitted_rounds integer not null default 0,
  model_name text,
  ask_hash bytea,
  delivery_status text check (delivery_status in ('pending', 'delivered', 'failed', 'expired')),
  delivered_at timestamptz(3),
  expires_at timestamptz(3),
  superseded_at timestamptz(3),
  copied_from_id uuid,
  is_checkpoint boolean not null default false,
  created_at timestamptz(3) not null default now(),
  primary key (id),
  constraint message_owner_id_id_key unique (owner_id, id),
  constraint message_sender_check
    check (case sender_kind when 'agent' then num_nonnulls(sender_id, sender_agent_id) > 0
        when 'user' then sender_user_id is not null else true end)
);
create index message_execution_id_round_idx on message (execution_id, round);
create index message_sender_id_idx on message (sender_id) where sender_id is not null;
create index message_sender_agent_id_created_at_idx on message (sender_agent_id, created_at)
  where sender_agent_id is not null;
create index message_topic_created_at_idx on message (topic, created_at) where topic is not null;
create index message_expires_at_idx on message (expires_at) where delivery_status = 'pending';
create unique index message_execution_id_sequence_key on message (execution_id, sequence)
  where superseded_at is null;

create table message_recipient (
  message_id uuid not null,
  agent_execution_id uuid not null,
  owner_id uuid not null,
  delivery_status text not null default 'pending'
    check (delivery_status in ('pending', 'delivered', 'failed', 'expired')),
  delivered_at timestamptz(3),
  primary key (message_id, agent_execution_id)
);
create index message_recipient_agent_execution_id_message_id_idx on message_recipient (agent_execution_id, message_id);

create table call_flight (
  execution_id uuid not null,
  sequence integer not null,
  call smallint not null,
  owner_id uuid not null,
  ordinal smallint not null,
  agent_execution_id uuid not null,
  attempts smallint not null default 1,
  ask_hash bytea not null,
  ask jsonb not null,
  hears jsonb not null,
  model_index smallint not null,
  provider_config_id uuid,
  provider_name text not null,
  model_name text not null,
  slot_name text not null,
  round integer not null,
  budget_ids uuid[] not null,
  tokens bigint not null,
  usd numeric(14,6) not null,
  repeat_of_id uuid,
  waited_budget_ms integer not null default 0,
  waited_rate_ms integer not null default 0,
  started_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  primary key (execution_id, sequence, call)
);
create index call_flight_expires_at_idx on call_flight (expires_at);
create index call_flight_owner_id_execution_id_idx on call_flight (owner_id, execution_id);

create table llm_call (
  id uuid not null,
  owner_id uuid not null,
  execution_id uuid not null,
  sequence integer not null,
  call smallint not null,
  ordinal smallint not null,
  state text not null check (state in ('started', 'succeeded', 'failed', 'abandoned')),
  attempts smallint not null default 1,
  repeat_of_id uuid,
  ask_hash bytea not null,
  ask jsonb not null,
  hears jsonb not null,
  superseded_at timestamptz(3),
  copied_from_id uuid,
  agent_execution_id uuid not null,
  agent_id uuid,
  project_id uuid,
  message_id uuid,
  slot_name text not null,
  round integer not null,
  provider_config_id uuid,
  provider_name text not null,
  model_name text not null,
  model_index smallint not null default 0,
  is_rehearsal boolean not null default false,
  prompt_sha256 bytea,
  response_sha256 bytea,
  provider_request_id text,
  finish_reason text,
  input_tokens bigint not null default 0 check (input_tokens >= 0),
  output_tokens bigint not null default 0 check (output_tokens >= 0),
  cached_tokens bigint not null default 0 check (cached_tokens >= 0),
  reasoning_tokens bigint not null default 0 check (reasoning_tokens >= 0),
  cost_usd numeric(14,6) not null default 0 check (cost_usd >= 0),
  reserved_tokens bigint not null default 0 check (reserved_tokens >= 0),
  reserved_usd numeric(14,6) not null default 0 check (reserved_usd >= 0),
  error_code text,
  error_message text,
  is_retryable boolean,
  waited_budget_ms integer not null default 0,
  waited_rate_ms integer not null default 0,
  waited_gpu_ms integer not null default 0,
  latency_ms integer,
  first_token_ms integer,
  started_at timestamptz(3) not null,
  finished_at timestamptz(3) not null,
  primary key (id),
  constraint llm_call_execution_id_sequence_call_ordinal_key
    unique (execution_id, sequence, call, ordinal)
);
create index llm_call_execution_id_started_at_idx on llm_call (execution_id, started_at);
create index llm_call_agent_execution_id_idx on llm_call (agent_execution_id);
create index llm_call_project_id_finished_at_idx on llm_call (project_id, finished_at)
  include (cost_usd, input_tokens, output_tokens, model_name, agent_id);
create unique index llm_call_succeeded_key on llm_call (execution_id, sequence, call)
  where state = 'succeeded' and superseded_at is null;

-- What the seats answered. Row-level security is that of the caller.
create view agent_response with (security_invoker = true) as
select m.id as message_id, m.owner_id, m.execution_id, m.sender_id as agent_execution_id, s.slot_name,
  m.round, m.sequence, m.output, m.choice, m.value, m.verdict, m.findings, m.confidence, m.weight,
  m.abstained, m.reasoning, m.quality_score, m.failure_code, m.model_name, m.created_at
from message m
join agent_execution s on s.id = m.sender_id
where m.superseded_at is null and (m.message_type = 'response' or m.failure_code is not null);
