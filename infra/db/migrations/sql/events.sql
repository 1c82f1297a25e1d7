create sequence event_ordinal_seq;
create table event (
  id uuid not null,
  owner_id uuid,
  position bigint,
  ordinal bigint not null default nextval('event_ordinal_seq'),
  event_type text not null
    check (length(event_type) <= 128 and event_type ~ '^[a-z_]+([.][a-z_]+)+$'),
  event_version text not null default '1.0',
  severity text not null default 'info'
    check (severity in ('debug', 'info', 'warning', 'error', 'critical')),
  occurred_at timestamptz(3) not null,
  recorded_at timestamptz(3) not null default now(),
  source text not null check (length(source) <= 128),
  source_agent_id uuid,
  actor text,
  project_id uuid,
  execution_id uuid,
  sequence integer,
  subject_type text not null,
  subject_id uuid,
  correlation_id text,
  message text,
  payload jsonb not null default '{}',
  topic text check (length(topic) <= 255),
  primary key (id)
) partition by range (id);
create table event_default partition of event default;
create index event_occurred_at_idx on event (occurred_at);
create index event_event_type_occurred_at_idx on event (event_type, occurred_at);
create index event_source_agent_id_occurred_at_idx on event (source_agent_id, occurred_at);
create index event_severity_occurred_at_idx on event (severity, occurred_at)
  where severity in ('warning', 'error', 'critical');
create index event_execution_id_sequence_idx on event (execution_id, sequence);
create index event_position_idx on event (position);
create index event_unnumbered_idx on event (ordinal) where position is null;

create table event_counter (
  id boolean not null default true check (id),
  last_position bigint not null default 0,
  epoch bigint not null default 0,
  primary key (id)
);
insert into event_counter default values;

-- The time in milliseconds that a version 7 UUID carries.
create function uuid_ms(id uuid) returns bigint
language sql immutable parallel safe
return ('x' || translate(left(id::text, 13), '-', ''))::bit(48)::bigint;

-- The smallest version 7 UUID of a moment.
create function uuid_floor(at timestamptz) returns uuid
language sql immutable parallel safe
return (lpad(to_hex(floor(extract(epoch from at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;

-- A week's partition of `event` for this week and as many weeks to come. Where the default partition already holds rows of a
-- week, that week has no partition of its own and they stay where they are.
create function ensure_event_partitions(weeks integer) returns void
language plpgsql security definer set search_path = conclave, pg_temp as $$
declare
  monday timestamptz := date_trunc('week', now(), 'UTC');
  name text;
begin
  for i in 0..weeks loop
    name := to_char(monday at time zone 'UTC', '"event_"IYYY_IW');
    -- One that is there is left alone: any change of it would wait for, and hold up, all who write events.
    if to_regclass(name) is null then
      begin
        execute format('create table %I partition of event for values from (%L) to (%L)',
          name, uuid_floor(monday), uuid_floor(monday + interval '7 days'));
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
      exception when check_violation then
        raise notice 'the week of % stays in event_default', monday;
      end;
    end if;
    monday := monday + interval '7 days';
  end loop;
end $$;
alter table event_default enable row level security;
alter table event_default force row level security;
select ensure_event_partitions(8);

-- An id far from now would land in the default partition, and never be dropped with its week.
create function event_id_guard() returns trigger
language plpgsql set search_path = conclave, pg_temp as $$
begin
  if abs(uuid_ms(new.id) - extract(epoch from now()) * 1000) > 86400000 then
    raise exception 'the id of an event must be a version 7 UUID of today: %', new.id
      using errcode = 'check_violation', table = 'event', constraint = 'event_id_guard';
  end if;
  return new;
end $$;
create trigger event_id_guard before insert on event for each row execute function event_id_guard();
