import type { AgentCapabilityRef, AgentConfig } from '../../workflows/contract/agents.schema.ts';
import type { z } from 'zod';
import type { AgentConfiguration } from '../db/entities/agent-configuration.ts';
import type { AgentProfile } from '../db/entities/agent-profile.ts';
import type { ConfigLayer } from './merge-config.ts';
import type { Occupant } from './occupants.ts';
import type { Provider } from './providers.ts';
import type { Scope } from './references.ts';

/** What the database says of the occupants, apart from themselves. */
export interface Backgrounds {
  readonly settings: readonly Settings[];
  readonly profiles: readonly Pick<AgentProfile, 'agentId' | 'goodCount' | 'judgedCount'>[];
  readonly ofAgents: readonly (Granted & { readonly agentId: string })[];
  readonly ofVersions: readonly (Granted & { readonly templateVersionId: string })[];
}

type Granted = z.infer<typeof AgentCapabilityRef>;

type Settings = Pick<
  AgentConfiguration,
  | 'agentId'
  | 'templateId'
  | 'settings'
  | 'providerConfigId'
  | 'assignedLlm'
  | 'systemPrompt'
  | 'timeoutMs'
  | 'maxRetries'
>;

/** Reads settings, capabilities and track records of all occupants at once. */
export async function loadBackgrounds(
  { em, ownerId }: Scope,
  occupants: readonly Occupant[],
): Promise<Backgrounds> {
  const agentIds = occupants.flatMap(({ agent }) => agent?.id ?? []);
  const versions = occupants.flatMap(({ version }) => version ?? []);
  if (agentIds.length + versions.length === 0)
    return { settings: [], profiles: [], ofAgents: [], ofVersions: [] };
  const [agents, templates] = [agentIds, versions.map(({ templateId }) => templateId)].map(listOf);
  const made = listOf(versions.map(({ id }) => id));
  const [known] = await em.execute<[Backgrounds]>(BACKGROUNDS, [
    ownerId,
    agents,
    templates,
    agents,
    agents,
    made,
  ]);
  return known;
}

/** Ids as PostgreSQL reads a list of them. */
const listOf = (ids: readonly string[]): string => `{${ids.join(',')}}`;

const GRANTED = `jsonb_build_object('name', c.name, 'version', g.version, 'config', g.config, 'enabled', g.enabled)`;
const BACKGROUNDS = `select
  (select coalesce(jsonb_agg(jsonb_build_object(
      'agentId', s.agent_id, 'templateId', s.template_id, 'settings', s.settings, 'providerConfigId', s.provider_config_id,
      'assignedLlm', s.assigned_llm, 'systemPrompt', s.system_prompt, 'timeoutMs', s.timeout_ms, 'maxRetries', s.max_retries)), '[]')
    from conclave.agent_configuration s
    where s.owner_id = ? and s.is_active and (s.agent_id = any (?::uuid[]) or s.template_id = any (?::uuid[]))) as settings,
  (select coalesce(jsonb_agg(jsonb_build_object(
      'agentId', p.agent_id, 'goodCount', p.good_count, 'judgedCount', p.judged_count)), '[]')
    from conclave.agent_profile p where p.agent_id = any (?::uuid[])) as profiles,
  (select coalesce(jsonb_agg(${GRANTED} || jsonb_build_object('agentId', g.agent_id)), '[]')
    from conclave.agent_capability g join conclave.capability c on c.id = g.capability_id
    where g.agent_id = any (?::uuid[])) as "ofAgents",
  (select coalesce(jsonb_agg(${GRANTED} || jsonb_build_object('templateVersionId', g.template_version_id)), '[]')
    from conclave.template_capability g join conclave.capability c on c.id = g.capability_id
    where g.template_version_id = any (?::uuid[])) as "ofVersions"`;

/** An occupant's configuration from the most general to the most particular; the seat's own overrides come after. */
export function layersOf(
  { inline, agent, version }: Occupant,
  known: Backgrounds,
  providers: readonly Provider[],
): ConfigLayer[] {
  if (inline) return [inline.config];
  const layers: ConfigLayer[] = [{ capabilities: capabilitiesOf(known, agent?.id, version?.id) }];
  if (version) {
    layers.push({ systemPrompt: version.promptTemplate }, withoutNull(version.parameters));
    const settings = known.settings.find(({ templateId }) => templateId === version.templateId);
    if (settings) layers.push(settingsLayer(settings, providers));
  }
  if (agent) {
    if (agent.promptTemplate != null) layers.push({ systemPrompt: agent.promptTemplate });
    layers.push(modelLayer(agent.providerConfigId, agent.modelName, providers));
    layers.push(agent.configuration);
    const settings = known.settings.find(({ agentId }) => agentId === agent.id);
    if (settings) layers.push(settingsLayer(settings, providers));
  }
  return layers;
}

/** A version's parameters are complete: what they leave null must not hide its prompt template. */
const withoutNull = (parameters: Partial<AgentConfig>): ConfigLayer =>
  Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== null));

function settingsLayer(row: Settings, providers: readonly Provider[]): ConfigLayer {
  return {
    ...row.settings,
    ...modelLayer(row.providerConfigId, row.assignedLlm, providers),
    ...(row.systemPrompt != null && { systemPrompt: row.systemPrompt }),
    ...(row.timeoutMs != null && { timeoutSeconds: row.timeoutMs / 1_000 }),
    ...(row.maxRetries != null && { maxRetries: row.maxRetries }),
  };
}

function modelLayer(
  providerId: string | null | undefined,
  model: string | null | undefined,
  providers: readonly Provider[],
): ConfigLayer {
  // Those of the environment have no id.
  const provider = providers.find(({ id }) => id !== null && id === providerId);
  return provider && model ? { models: [{ provider: provider.name, model }] } : {};
}

/** An agent's own capabilities; of a template those of its version. */
function capabilitiesOf(
  { ofAgents, ofVersions }: Backgrounds,
  agentId: string | undefined,
  versionId: string | undefined,
): Granted[] {
  const rows =
    agentId === undefined
      ? ofVersions.filter(({ templateVersionId }) => templateVersionId === versionId)
      : ofAgents.filter((row) => row.agentId === agentId);
  return rows.map(({ name, version, config, enabled }) => ({ name, version, config, enabled }));
}
