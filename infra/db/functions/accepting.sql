-- How executions come to be. All functions run as their caller: row-level security applies.

-- Writes a queued execution, its ceilings, its seats, its first state and its event (`infra/executions/write-execution.ts`).
create function conclave.execution_write(p_execution jsonb, p_budget jsonb, p_seats jsonb, p_actor text) returns void
language plpgsql set search_path = conclave, pg_temp as $$
begin
  insert into execution (id, owner_id, kind, workflow_type, title, project_id, topology_id, agent_id, definition, parent_execution_id,
      parent_slot, root_execution_id, depth, origin_id, forked_from_id, forked_at_sequence, input, correlation_id, metadata,
      workflow_id, priority, deadline_at)
    select e.id, e."ownerId", e.kind, e."workflowType", e.title, e."projectId", e."topologyId", e."agentId", e.definition,
      e."parentExecutionId", e."parentSlot", e."rootExecutionId", e.depth, e."originId", e."forkedFromId", e."forkedAtSequence", e.input,
      e."correlationId", e.metadata, e."workflowId", e.priority, e."deadlineAt"
    from jsonb_to_record(p_execution) as e (id uuid, "ownerId" uuid, kind text, "workflowType" text, title text, "projectId" uuid,
      "topologyId" uuid, "agentId" uuid, definition jsonb, "parentExecutionId" uuid, "parentSlot" text, "rootExecutionId" uuid,
      depth smallint, "originId" uuid, "forkedFromId" uuid, "forkedAtSequence" int, input jsonb, "correlationId" text, metadata jsonb,
      "workflowId" text, priority smallint, "deadlineAt" timestamptz);
  insert into budget (id, owner_id, scope, scope_id, parent_id, path, limit_tokens, limit_usd)
    select b.id, b."ownerId", 'execution', b."scopeId", b."parentId", b.path, b."limitTokens", b."limitUsd"
    from jsonb_to_record(p_budget) as b (id uuid, "ownerId" uuid, "scopeId" uuid, "parentId" uuid, path uuid[], "limitTokens" bigint,
      "limitUsd" numeric);
  insert into agent_execution (id, owner_id, execution_id, slot_name, position, weight, agent_id, template_version_id, display_name, role,
      resolved_config, prompt_sha256, prompt_token_estimate)
    select s.id, s."ownerId", s."executionId", s."slotName", s.position, s.weight, s."agentId", s."templateVersionId", s."displayName",
      s.role, s."resolvedConfig", decode(s."promptSha256", 'hex'), s."promptTokenEstimate"
    from jsonb_to_recordset(p_seats) as s (id uuid, "ownerId" uuid, "executionId" uuid, "slotName" text, position int, weight float8,
      "agentId" uuid, "templateVersionId" uuid, "displayName" text, role text, "resolvedConfig" jsonb, "promptSha256" text,
      "promptTokenEstimate" int);
  perform record_state((p_execution ->> 'id')::uuid, null, 'queued', p_actor, null);
end $$;

-- What there is to a child before it is opened (`Found` in `infra/executions/children/open-child.ts`): its own row, where it has
-- one, its parent's, what the parent's definition says of it, and the outputs that its mapping may read.
create function conclave.child_find(p_owner uuid, p_parent uuid, p_name text, p_child uuid) returns jsonb
language plpgsql set search_path = conclave, pg_temp as $$
begin
  perform act_for(p_owner);
  return (
    select jsonb_build_object(
      'parent', jsonb_build_object('id', p.id, 'title', p.title, 'projectId', p.project_id,
        'correlationId', p.correlation_id, 'priority', p.priority, 'deadlineAt', p.deadline_at, 'rootExecutionId', p.root_execution_id,
        'depth', p.depth, 'input', p.input, 'definition', p.definition - 'children' - 'seats', 'isClosed', p.completed_at is not null),
      'above', (select jsonb_build_object('id', b.id, 'path', b.path) from budget b where b.scope = 'execution' and b.scope_id = p.id),
      'row', (select jsonb_build_object('id', c.id, 'workflowType', c.workflow_type, 'state', c.state, 'error', c.error, 'output', c.output)
        from execution c where c.id = p_child),
      'child', (select d from jsonb_array_elements(p.definition -> 'children') d where d ->> 'name' = p_name),
      'outputs', coalesce((
        select jsonb_object_agg(c.parent_slot, c.output) from execution c where c.parent_execution_id = p.id and c.output is not null), '{}'))
    from execution p where p.id = p_parent);
end $$;

-- Writes a child of an execution that is open, and keeps that from being closed meanwhile; false: it has ended.
create function conclave.child_write(p_owner uuid, p_parent uuid, p_execution jsonb, p_budget jsonb, p_seats jsonb) returns boolean
language plpgsql set search_path = conclave, pg_temp as $$
begin
  perform act_for(p_owner);
  perform from execution where id = p_parent and completed_at is null for share;
  if not found then return false; end if;
  perform execution_write(p_execution, p_budget, p_seats, 'workflow');
  return true;
end $$;
