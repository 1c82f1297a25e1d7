import type { AgentCapabilityRef, AgentConfig } from '../../workflows/contract/agents.schema.ts';
import type { z } from 'zod';
import type { ResolvedCapability } from '../../workflows/contract/definition.ts';
import { AgentCapability } from '../db/entities/agent-capability.ts';
import { AgentConfiguration } from '../db/entities/agent-configuration.ts';
import { AgentExecution } from '../db/entities/agent-execution.ts';
import { AgentProfile } from '../db/entities/agent-profile.ts';
import { Capability } from '../db/entities/capability.ts';
import { TemplateCapability } from '../db/entities/template-version.ts';
import type { ConfigLayer } from './merge-config.ts';
import type { Occupant } from './occupants.ts';
import type { Provider } from './providers.ts';
import type { Scope } from './references.ts';

/** What the database says of the occupants, apart from themselves. */
export interface Backgrounds {
  readonly settings: readonly AgentConfiguration[];
  readonly profiles: readonly AgentProfile[];
  readonly ofAgents: readonly AgentCapability[];
  readonly ofVersions: readonly TemplateCapability[];
  readonly capabilities: readonly Capability[];
  /** Seats at work, by the id of their agent. */
  readonly atWork: ReadonlyMap<string, number>;
}

/** Reads settings, capabilities and track records of all occupants at once. */
export async function loadBackgrounds(
  { em, ownerId }: Scope,
  occupants: readonly Occupant[],
  { countsWork }: { readonly countsWork: boolean },
): Promise<Backgrounds> {
  const agentIds = occupants.flatMap(({ agent }) => agent?.id ?? []);
  const versionIds = occupants.flatMap(({ version }) => version?.id ?? []);
  const templateIds = occupants.flatMap(({ version }) => version?.templateId ?? []);
  if (agentIds.length + versionIds.length === 0) return NO_BACKGROUNDS;
  const settings = await em.find(AgentConfiguration, {
    ownerId,
    isActive: true,
    $or: [{ agentId: { $in: agentIds } }, { templateId: { $in: templateIds } }],
  });
  const profiles = await em.find(AgentProfile, { agentId: { $in: agentIds } });
  const ofAgents = await em.find(AgentCapability, { agentId: { $in: agentIds } });
  const ofVersions = await em.find(TemplateCapability, { templateVersionId: { $in: versionIds } });
  const named = [...ofAgents, ...ofVersions].map(({ capabilityId }) => capabilityId);
  const capabilities =
    named.length > 0 ? await em.find(Capability, { id: { $in: [...new Set(named)] } }) : [];
  const atWork = countsWork ? await seatsAtWork(em, agentIds) : new Map<string, number>();
  return { settings, profiles, ofAgents, ofVersions, capabilities, atWork };
}

const NO_BACKGROUNDS: Backgrounds = {
  settings: [],
  profiles: [],
  ofAgents: [],
  ofVersions: [],
  capabilities: [],
  atWork: new Map(),
};

async function seatsAtWork(
  em: Scope['em'],
  agentIds: string[],
): Promise<ReadonlyMap<string, number>> {
  const seats = await em.find(
    AgentExecution,
    { agentId: { $in: agentIds }, state: { $in: ['preparing', 'running'] } },
    { fields: ['agentId'] },
  );
  const byAgent = Map.groupBy(seats, ({ agentId }) => agentId ?? '');
  return new Map([...byAgent].map(([agentId, at]) => [agentId, at.length]));
}

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
        ({ proficiency: _, ...ref }) => ref,
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

function settingsLayer(row: AgentConfiguration, providers: readonly Provider[]): ConfigLayer {
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

type Grant = z.infer<typeof AgentCapabilityRef> & { readonly proficiency: number };

/** An agent's own capabilities; of a template those of its version. */
function grantsOf(
  { ofAgents, ofVersions, capabilities }: Backgrounds,
  agentId: string | undefined,
  versionId: string | undefined,
): Grant[] {
  const rows =
    agentId === undefined
      ? ofVersions.filter(({ templateVersionId }) => templateVersionId === versionId)
      : ofAgents.filter((row) => row.agentId === agentId);
  return rows.flatMap(({ capabilityId, version, config, enabled, proficiency }) => {
    const capability = capabilities.find(({ id }) => id === capabilityId);
    return capability ? [{ name: capability.name, version, config, enabled, proficiency }] : [];
  });
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
