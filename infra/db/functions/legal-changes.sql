-- Which changes of state are legal: the transitions of `workflows/domain/transitions.ts`. `state_guard` asks it.
create function conclave.is_legal_change(machine text, before text, after text) returns boolean
language sql immutable parallel safe
return before = after or after = any (case machine || '/' || before
  -- execution
  when 'execution/queued' then array['preparing', 'failed', 'cancelled']
  when 'execution/preparing' then array['running', 'paused', 'failed', 'cancelled']
  when 'execution/running' then array['paused', 'completed', 'failed', 'cancelled']
  when 'execution/paused' then array['running', 'failed', 'cancelled']
  when 'execution/failed' then array['queued']
  -- agent
  when 'agent/created' then array['initializing', 'terminated']
  when 'agent/initializing' then array['ready', 'error', 'terminated']
  when 'agent/ready' then array['active', 'paused', 'error', 'terminated']
  when 'agent/active' then array['ready', 'paused', 'error', 'terminated']
  when 'agent/paused' then array['ready', 'active', 'error', 'terminated']
  when 'agent/error' then array['initializing', 'terminated']
  -- template
  when 'template/draft' then array['published', 'deprecated']
  when 'template/published' then array['deprecated']
  when 'template/deprecated' then array['published']
  -- interaction
  when 'interaction/pending' then array['answered', 'expired', 'cancelled']
  else array[]::text[]
end);
