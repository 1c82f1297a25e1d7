import type { AgentCapabilityRef, AgentConfig } from '../../workflows/contract/agents.schema.ts';
import type { z } from 'zod';
import type { ResolvedCapability } from '../../workflows/contract/definition.ts';
import { callIn } from '../db/call.ts';
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
  readonly ofAgents: readonly (Grant & { readonly agentId: string })[];
  readonly ofVersions: readonly (Grant & { readonly templateVersionId: string })[];
  /** Seats at work, of agents that have any. */
  readonly atWork: readonly { readonly agentId: string; readonly seats: number }[];
}

type Grant = z.infer<typeof AgentCapabilityRef> & { readonly proficiency: number };

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
  if (agentIds.length + versions.length === 0) return NO_BACKGROUNDS;
  const lists = [
    agentIds,
    versions.map(({ templateId }) => templateId),
    versions.map(({ id }) => id),
  ];
  return callIn(em)('backgrounds_of', [ownerId, ...lists.map((ids) => `{${ids.join(',')}}`)]);
}

const NO_BACKGROUNDS: Backgrounds = {
  settings: [],
  profiles: [],
  ofAgents: [],
  ofVersions: [],
  atWork: [],
};

/** An occupant's configuration from the most general to the most particular; the seat's own overrides come after. */
export function layersOf(
  { inline, agent, version }: Occupant,
  known: Backgrounds,
  providers: readonly Provider[],
): ConfigLayer[] {
  if (inline) return [inline.config];
  const layers: ConfigLayer[] = [
    {
      capabilities: grantsOf(known, agent?.id, version?.id).map(
        ({ proficiency: _proficiency, ...ref }) => ref,
      ),
    },
  ];
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
function grantsOf(
  { ofAgents, ofVersions }: Backgrounds,
  agentId: string | undefined,
  versionId: string | undefined,
): readonly Grant[] {
  const rows =
    agentId === undefined
      ? ofVersions.filter(({ templateVersionId }) => templateVersionId === versionId)
      : ofAgents.filter((row) => row.agentId === agentId);
  return rows.map(({ name, version, config, enabled, proficiency }) => ({
    name,
    version,
    config,
    enabled,
    proficiency,
  }));
}

/** As good as not: nothing is known of how well an agent does what it is only said to be able to do. */
const UNKNOWN_PROFICIENCY = 0.5;

/** How well an occupant can do what its configuration says that it can. */
export function withProficiency(
  capabilities: AgentConfig['capabilities'],
  { agent, version }: Occupant,
  known: Backgrounds,
): ResolvedCapability[] {
  const grants = grantsOf(known, agent?.id, version?.id);
  return capabilities.map((capability) => {
    const grant = grants.find(({ name }) => name === capability.name);
    return { ...capability, proficiency: grant?.proficiency ?? UNKNOWN_PROFICIENCY };
  });
}
