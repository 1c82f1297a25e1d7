-- Answers to questions. An approver may not write another owner's rows: `answer_interaction` is the door for it, runs as
-- `conclave_system`, and checks for itself who asks and what may be answered. It locks the question alone.

-- What may be answered to each kind of question: `DECISIONS_OF` in `workflows/domain/interactions.ts`.
create function conclave.may_decide(p_kind text, p_decision text) returns boolean
language sql immutable parallel safe set search_path = conclave, pg_temp as $$
  select p_decision = any (case p_kind
    when 'approval' then array['approve', 'reject']
    when 'choice' then array['choose', 'reject']
    when 'input' then array['answer', 'reject']
    when 'edit' then array['edit', 'approve', 'reject']
    else array[]::text[] end)
$$;

-- Whether enough people agree with an answer that was just recorded: one rejection is enough, and one text or edit is.
create function conclave.is_decided(i conclave.human_interaction, p_decision text, p_value jsonb) returns boolean
language sql stable set search_path = conclave, pg_temp as $$
  select p_decision in ('reject', 'answer', 'edit') or i.quorum <= (
    select count(*) from human_response r
    where r.interaction_id = i.id and r.decision = p_decision and r.value is not distinct from p_value)
$$;

-- Records what the session's user answers, and says what came of it:
--   answered, recorded                  it decided; it counts, and more people must agree
--   unknown, not_named                  nothing that this user may see; the owner, who is not asked
--   already_decided, already_answered, late
--   stale_content                       what is shown is not what was decided on
--   wrong_decision, unknown_choice      the question does not take this
-- All but the first two change nothing.
create function conclave.answer_interaction(
  p_id uuid, p_hash bytea, p_decision text, p_value jsonb, p_comment text, p_response uuid, p_event uuid
) returns text
language plpgsql security definer set search_path = conclave, pg_temp as $$
declare
  v_user uuid := app_user_id();
  v_principals text[] := string_to_array(current_setting('app.principals', true), ',');
  v_value jsonb := case when p_decision in ('choose', 'answer', 'edit') then p_value end;
  v_decided boolean;
  i human_interaction;
begin
  select * into i from human_interaction where id = p_id for update;
  if i.id is null or v_user is null then return 'unknown'; end if;
  if i.assignees && v_principals is not true then
    return case when i.owner_id = v_user or app_role() = 'admin' then 'not_named' else 'unknown' end;
  end if;
  if i.state <> 'pending' then return 'already_decided'; end if;
  if exists (select from human_response r where r.interaction_id = p_id and r.responder_id = v_user) then
    return 'already_answered';
  end if;
  if i.deadline_at <= clock_timestamp() then return 'late'; end if;
  if i.content_hash is distinct from p_hash then return 'stale_content'; end if;
  if not may_decide(i.kind, p_decision) or (p_decision in ('choose', 'answer', 'edit') and v_value is null) then
    return 'wrong_decision';
  end if;
  if p_decision = 'choose' and (jsonb_typeof(v_value) = 'string' and i.options @> v_value) is not true then
    return 'unknown_choice';
  end if;

  insert into human_response (id, owner_id, interaction_id, responder_id, responder_name, level, decision, value, comment, content_hash)
    select p_response, i.owner_id, p_id, v_user, u.username, i.level, p_decision, v_value, p_comment, p_hash
    from user_account u where u.id = v_user;
  v_decided := is_decided(i, p_decision, v_value);
  if v_decided then
    update human_interaction set state = 'answered', decision = p_decision, decided_value = v_value,
      decided_at = clock_timestamp(), updated_at = clock_timestamp(), row_version = row_version + 1
    where id = p_id;
  end if;
  insert into event (id, owner_id, event_type, occurred_at, source, actor, project_id, execution_id, subject_type, subject_id, correlation_id, payload)
    select p_event, i.owner_id, case when v_decided then 'interaction.answered' else 'interaction.responded' end, clock_timestamp(), 'api',
      'user:' || v_user, e.project_id, i.execution_id, 'interaction', p_id, e.correlation_id,
      jsonb_build_object('interactionId', p_id, 'executionId', i.execution_id, 'kind', i.kind, 'gate', i.gate, 'level', i.level, 'decision', p_decision)
    from (select) one left join execution e on e.id = i.execution_id;
  return case when v_decided then 'answered' else 'recorded' end;
end $$;

-- The active users among these names and ids: who writes a gate names people whose accounts he may not see.
create function conclave.find_people(p_names text[]) returns table (name text, id uuid, roles text[])
language sql stable security definer set search_path = conclave, pg_temp as $$
  select n.name, u.id, u.roles from unnest(p_names) n (name)
  join user_account u on u.is_active and (lower(u.username) = lower(n.name) or u.id::text = lower(n.name))
$$;

-- Those of these names that are no capability of an owner, nor a shared one. Who is asked something by the owner may edit what
-- names them; to anybody else none is registered.
create function conclave.unregistered_capabilities(p_owner uuid, p_names text[]) returns setof text
language sql stable security definer set search_path = conclave, pg_temp as $$
  select n.name from unnest(p_names) n (name)
  where not exists (select from capability c where c.name = n.name and (c.owner_id is null or c.owner_id = p_owner))
    or not coalesce(p_owner = app_user_id() or app_role() = 'admin', false) and not exists (
      select from human_interaction i where i.owner_id = p_owner and i.state = 'pending'
        and i.assignees && string_to_array(current_setting('app.principals', true), ','))
$$;
