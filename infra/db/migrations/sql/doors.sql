-- Who is asking. A connection that was used before holds '' and not null, hence `nullif`.
create function app_user_id() returns uuid
language sql stable parallel safe
return nullif(current_setting('app.user_id', true), '')::uuid;

create function app_role() returns text
language sql stable parallel safe
return coalesce(current_setting('app.role', true), '');

-- The user of an API key: no row for a key that is unknown, expired or revoked, or whose user is not active. It runs as
-- `conclave_system`, because the owner of a key is not known before.
create function authenticate(p_prefix text, p_hash bytea)
returns table (user_id uuid, username text, roles text[], scopes text[], key_id uuid)
language plpgsql security definer set search_path = conclave, pg_temp as $$
#variable_conflict use_column
begin
  return query
    select u.id, u.username, u.roles, k.scopes, k.id
    from api_key k
    join user_account u on u.id = k.owner_id
    where k.prefix = p_prefix and k.key_hash = p_hash and k.revoked_at is null and u.is_active
      and (k.expires_at is null or k.expires_at > now());
  if found then
    update api_key k set last_used_at = now()
    where k.prefix = p_prefix and (k.last_used_at is null or k.last_used_at < now() - interval '1 minute');
  end if;
end $$;
