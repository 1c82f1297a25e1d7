import type { EntityManager } from '@mikro-orm/postgresql';
import { AgentCapability } from '../../../infra/db/entities/agent-capability.ts';
import { AgentConfiguration } from '../../../infra/db/entities/agent-configuration.ts';
import { AgentProfile } from '../../../infra/db/entities/agent-profile.ts';
import { AgentStateHistory } from '../../../infra/db/entities/agent-state-history.ts';
import { AgentTemplate } from '../../../infra/db/entities/agent-template.ts';
import { Agent } from '../../../infra/db/entities/agent.ts';
import { ApiKey } from '../../../infra/db/entities/api-key.ts';
import { Capability, CapabilityCompatibility } from '../../../infra/db/entities/capability.ts';
import { ContentBody } from '../../../infra/db/entities/content-body.ts';
import { IdempotencyRecord } from '../../../infra/db/entities/idempotency-record.ts';
import { ModelCatalogEntry } from '../../../infra/db/entities/model-catalog-entry.ts';
import { Project } from '../../../infra/db/entities/project.ts';
import { ProviderConfig } from '../../../infra/db/entities/provider-config.ts';
import {
  TemplateCapability,
  TemplateVersion,
} from '../../../infra/db/entities/template-version.ts';
import { Schedule } from '../../../infra/db/entities/schedule.ts';
import { TopologyMembership } from '../../../infra/db/entities/topology-membership.ts';
import { TopologyPart } from '../../../infra/db/entities/topology-part.ts';
import { Topology } from '../../../infra/db/entities/topology.ts';
import type { UserAccount } from '../../../infra/db/entities/user-account.ts';
import { newId } from '../../../infra/db/new-id.ts';
import { newApiKey } from '../../../infra/identity/api-keys.ts';
import { AgentConfig } from '../../../workflows/contract/agents.schema.ts';
import { hash, newExecution, newUser } from './rows.ts';
import { newRun } from './run-rows.ts';

/** One user with a row in every table, all filled references pointing at the user's own rows. */
export function newWorld(em: EntityManager): UserAccount {
  const user = newUser(em);
  const ownerId = user.id;
  const registry = newRegistry(em, ownerId);
  const agent = newAgent(em, ownerId, registry);
  newTopology(em, ownerId, registry, agent);
  newRun(em, ownerId, registry, agent);

  const { prefix, hash: keyHash } = newApiKey();
  em.create(ApiKey, { id: newId(), ownerId, name: 'key', prefix, keyHash, scopes: ['read'] });
  em.create(IdempotencyRecord, {
    ownerId,
    key: 'once',
    route: 'POST /v1/executions',
    bodyHash: hash(),
    expiresAt: new Date(),
  });
  const body = Buffer.from('text');
  em.create(ContentBody, { ownerId, sha256: hash(), body, mediaType: 'text/plain', sizeBytes: 4 });
  return user;
}

function newRegistry(em: EntityManager, ownerId: string) {
  const provider = em.create(ProviderConfig, {
    id: newId(),
    ownerId,
    name: 'own',
    providerType: 'openai_compatible',
    apiEndpoint: 'https://models.example.org/v1',
    authType: 'none',
  });
  const entry = em.create(ModelCatalogEntry, {
    id: newId(),
    ownerId,
    providerConfigId: provider.id,
    modelName: 'm',
  });
  const capability = em.create(Capability, { id: newId(), ownerId, name: 'review' });
  const other = em.create(Capability, { id: newId(), ownerId, name: 'write' });
  const [capabilityId, compatibleId] = [capability.id, other.id].toSorted() as [string, string];
  em.create(CapabilityCompatibility, { ownerId, capabilityId, compatibleId });
  const template = em.create(AgentTemplate, {
    id: newId(),
    ownerId,
    name: 'thinker',
    displayName: 'Thinker',
    description: 'Thinks.',
  });
  const version = em.create(TemplateVersion, {
    id: newId(),
    ownerId,
    templateId: template.id,
    parameters: AgentConfig.parse({}),
    providerConfigId: provider.id,
    modelEntryId: entry.id,
  });
  em.create(TemplateCapability, {
    ownerId,
    templateVersionId: version.id,
    capabilityId: capability.id,
  });
  const project = em.create(Project, {
    id: newId(),
    ownerId,
    name: 'default',
    defaultProviderId: provider.id,
  });
  return { provider, capability, template, version, project };
}

export type Registry = ReturnType<typeof newRegistry>;

function newAgent(em: EntityManager, ownerId: string, registry: Registry): Agent {
  const id = newId();
  const agent = em.create(Agent, {
    id,
    ownerId,
    projectId: registry.project.id,
    templateVersionId: registry.version.id,
    name: 'thinker',
    type: 'custom',
    role: 'specialist',
    providerConfigId: registry.provider.id,
    workflowId: `agent/${id}`,
  });
  em.create(AgentProfile, { agentId: id, ownerId });
  em.create(AgentCapability, { agentId: id, ownerId, capabilityId: registry.capability.id });
  const providerConfigId = registry.provider.id;
  em.create(AgentConfiguration, { id: newId(), ownerId, agentId: id, providerConfigId });
  em.create(AgentConfiguration, { id: newId(), ownerId, templateId: registry.template.id });
  em.create(AgentStateHistory, {
    id: newId(),
    ownerId,
    agentId: id,
    ordinal: 1,
    newStatus: 'inactive',
    newStateDetail: 'created',
    enteredAt: new Date(),
  });
  return agent;
}

function newTopology(em: EntityManager, ownerId: string, registry: Registry, agent: Agent): void {
  const topology = em.create(Topology, {
    id: newId(),
    ownerId,
    name: 'pair',
    description: 'Two of them.',
    type: 'debate',
  });
  const membership = { ownerId, topologyId: topology.id };
  em.create(TopologyMembership, { ...membership, id: newId(), slotName: 'a', agentId: agent.id });
  em.create(TopologyMembership, {
    ...membership,
    id: newId(),
    slotName: 'b',
    templateId: registry.template.id,
    templateVersionId: registry.version.id,
  });
  const whole = em.create(Topology, {
    id: newId(),
    ownerId,
    name: 'whole',
    description: 'Made of parts.',
    type: 'compound',
  });
  em.create(TopologyPart, {
    id: newId(),
    ownerId,
    topologyId: whole.id,
    childId: topology.id,
    alias: 'first',
  });
  em.create(Schedule, { id: newId(), ownerId, name: 'nightly', cron: '0 3 * * *', body: {} });
  const { execution } = newExecution(em, ownerId);
  execution.kind = 'topology';
  execution.topologyId = topology.id;
}
