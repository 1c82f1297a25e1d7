-- What a start is resolved from, in one round trip each and planned once per connection. They run as their caller.

-- The owner's and the shared providers with their catalogs (`Provider` in `infra/executions/providers.ts`): one's own first, each
-- oldest first.
create function conclave.providers_of(p_owner uuid) returns jsonb
language plpgsql stable set search_path = conclave, pg_temp as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'id', p.id, 'ownerId', p.owner_id, 'name', p.name, 'providerType', p.provider_type, 'enabled', p.enabled,
      'hasCredentials', p.credentials_key_id is not null,
      'catalog', (
        select coalesce(jsonb_agg(jsonb_build_object(
          'modelName', m.model_name, 'contextWindow', m.context_window, 'maxOutputTokens', m.max_output_tokens,
          'inputUsdPerMtok', m.input_usd_per_mtok::text, 'outputUsdPerMtok', m.output_usd_per_mtok::text,
          'cachedUsdPerMtok', m.cached_usd_per_mtok::text) order by m.created_at, m.id), '[]')
        from model_catalog_entry m where m.provider_config_id = p.id and m.enabled)
    ) order by p.owner_id is null, p.created_at, p.id), '[]')
    from provider_config p where p.owner_id = p_owner or p.owner_id is null);
end $$;

-- Settings, track records and capabilities of agents and template versions (`Backgrounds` in `infra/executions/seat-layers.ts`).
create function conclave.backgrounds_of(p_owner uuid, p_agents uuid[], p_templates uuid[], p_versions uuid[]) returns jsonb
language plpgsql stable set search_path = conclave, pg_temp as $$
begin
  return jsonb_build_object(
    'settings', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'agentId', s.agent_id, 'templateId', s.template_id, 'settings', s.settings, 'providerConfigId', s.provider_config_id,
        'assignedLlm', s.assigned_llm, 'systemPrompt', s.system_prompt, 'timeoutMs', s.timeout_ms, 'maxRetries', s.max_retries)), '[]')
      from agent_configuration s
      where s.owner_id = p_owner and s.is_active and (s.agent_id = any (p_agents) or s.template_id = any (p_templates))),
    'profiles', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'agentId', p.agent_id, 'goodCount', p.good_count, 'judgedCount', p.judged_count)), '[]')
      from agent_profile p where p.agent_id = any (p_agents)),
    'ofAgents', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'agentId', g.agent_id, 'name', c.name, 'version', g.version, 'config', g.config, 'enabled', g.enabled, 'proficiency', g.proficiency)), '[]')
      from agent_capability g join capability c on c.id = g.capability_id where g.agent_id = any (p_agents)),
    'ofVersions', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'templateVersionId', g.template_version_id, 'name', c.name, 'version', g.version, 'config', g.config, 'enabled', g.enabled, 'proficiency', g.proficiency)), '[]')
      from template_capability g join capability c on c.id = g.capability_id where g.template_version_id = any (p_versions)),
    'atWork', (
      select coalesce(jsonb_agg(jsonb_build_object('agentId', w.agent_id, 'seats', w.seats)), '[]')
      from (select x.agent_id, count(*) as seats from agent_execution x
        where x.agent_id = any (p_agents) and x.state in ('preparing', 'running') group by x.agent_id) w));
end $$;
