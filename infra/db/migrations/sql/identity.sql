create table user_account (
  id uuid not null,
  username text not null check (username ~ '^[A-Za-z0-9._-]{1,64}$'),
  email text not null check (length(email) <= 320),
  display_name text check (length(display_name) <= 255),
  roles text[] not null default '{member}'
    check (roles <@ array['admin', 'operator', 'approver', 'member', 'viewer']::text[] and cardinality(roles) > 0),
  preferences jsonb not null default '{}',
  approved_capabilities text[],
  is_active boolean not null default true,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  row_version integer not null default 1,
  primary key (id)
);
create unique index user_account_username_key on user_account (lower(username));
create unique index user_account_email_key on user_account (lower(email));
create index user_account_roles_idx on user_account using gin (roles);

create table api_key (
  id uuid not null,
  owner_id uuid not null,
  name text not null check (length(name) between 1 and 255),
  prefix char(8) not null,
  key_hash bytea not null check (octet_length(key_hash) = 32),
  scopes text[] not null
    check (scopes <@ array['read', 'run', 'approve', 'admin']::text[] and cardinality(scopes) > 0),
  expires_at timestamptz(3),
  last_used_at timestamptz(3),
  revoked_at timestamptz(3),
  created_at timestamptz(3) not null default now(),
  primary key (id),
  constraint api_key_prefix_key unique (prefix)
);
create index api_key_owner_id_created_at_idx on api_key (owner_id, created_at);

create table idempotency_record (
  owner_id uuid not null,
  key text not null check (length(key) between 1 and 255),
  route text not null,
  body_hash bytea not null check (octet_length(body_hash) = 32),
  status_code smallint,
  body jsonb,
  resource_id uuid,
  expires_at timestamptz(3) not null,
  created_at timestamptz(3) not null default now(),
  primary key (owner_id, key)
);
create index idempotency_record_expires_at_idx on idempotency_record (expires_at);

create table project (
  id uuid not null,
  owner_id uuid not null,
  name text not null check (length(name) between 1 and 255),
  description text,
  message_queue_config jsonb not null default '{}',
  default_provider_id uuid,
  retention_days integer default 180 check (retention_days > 0),
  metadata jsonb not null default '{}',
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  row_version integer not null default 1,
  primary key (id),
  constraint project_owner_id_name_key unique (owner_id, name),
  constraint project_owner_id_id_key unique (owner_id, id)
);
create index project_owner_id_updated_at_idx on project (owner_id, updated_at);
create index project_default_provider_id_idx on project (default_provider_id);
create index project_metadata_idx on project using gin (metadata);

create table content_body (
  owner_id uuid not null,
  sha256 bytea not null check (octet_length(sha256) = 32),
  body bytea not null,
  media_type text not null,
  size_bytes bigint not null,
  created_at timestamptz(3) not null default now(),
  primary key (owner_id, sha256)
);
