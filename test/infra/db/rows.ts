import { randomBytes } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { AgentCapability } from '../../../infra/db/entities/agent-capability.ts';
import { AgentConfiguration } from '../../../infra/db/entities/agent-configuration.ts';
import { AgentExecution } from '../../../infra/db/entities/agent-execution.ts';
import { AgentProfile } from '../../../infra/db/entities/agent-profile.ts';
import { AgentStateHistory } from '../../../infra/db/entities/agent-state-history.ts';
import { AgentTemplate } from '../../../infra/db/entities/agent-template.ts';
import { Agent } from '../../../infra/db/entities/agent.ts';
import { ApiKey } from '../../../infra/db/entities/api-key.ts';
import { Budget } from '../../../infra/db/entities/budget.ts';
import { CallFlight } from '../../../infra/db/entities/call-flight.ts';
import { Capability, CapabilityCompatibility } from '../../../infra/db/entities/capability.ts';
import { ContentBody } from '../../../infra/db/entities/content-body.ts';
import { Event } from '../../../infra/db/entities/event.ts';
import { ExecutionStateHistory } from '../../../infra/db/entities/execution-state-history.ts';
import { Execution } from '../../../infra/db/entities/execution.ts';
import { IdempotencyRecord } from '../../../infra/db/entities/idempotency-record.ts';
import { LlmCall } from '../../../infra/db/entities/llm-call.ts';
import { Message, MessageRecipient } from '../../../infra/db/entities/message.ts';
import { ModelCatalogEntry } from '../../../infra/db/entities/model-catalog-entry.ts';
import { Project } from '../../../infra/db/entities/project.ts';
import { ProviderConfig } from '../../../infra/db/entities/provider-config.ts';
import {
  TemplateCapability,
  TemplateVersion,
} from '../../../infra/db/entities/template-version.ts';
import { TopologyMembership } from '../../../infra/db/entities/topology-membership.ts';
import { Topology } from '../../../infra/db/entities/topology.ts';
import { UserAccount } from '../../../infra/db/entities/user-account.ts';
import { newId } from '../../../infra/db/new-id.ts';
import { newApiKey } from '../../../infra/identity/api-keys.ts';
import { AgentConfig } from '../../../workflows/contract/agents.schema.ts';
import type { ResolvedAgent } from '../../../workflows/contract/definition.ts';

const hash = () => randomBytes(32);
const agentConfig = AgentConfig.parse({});
const resolved: ResolvedAgent = {
  ...agentConfig,
  name: 'thinker',
  role: 'specialist',
  description: '',
  personality: null,
  agentId: null,
  templateVersionId: null,
  models: [],
};

/** A user, alone. */
export function newUser(em: EntityManager, roles: UserAccount['roles'] = ['member']): UserAccount {
  const id = newId();
  return em.create(UserAccount, { id, username: id, email: `${id}@example.org`, roles });
}

/** An execution of a user, with a budget of its own and one seat. */
export function newExecution(em: EntityManager, ownerId: string) {
  const id = newId();
  const execution = em.create(Execution, {
    id,
    ownerId,
    kind: 'agent',
    workflowType: 'soloAgent',
    definition: { workflow: 'soloAgent', config: {}, seats: [], notices: [] },
    rootExecutionId: id,
    input: { question: 'Why?' },
    workflowId: `execution/${id}`,
  });
  const budgetId = newId();
  const budget = em.create(Budget, {
    id: budgetId,
    ownerId,
    scope: 'execution',
    scopeId: id,
    path: [budgetId],
  });
  const seat = em.create(AgentExecution, {
    id: newId(),
    ownerId,
    executionId: id,
    slotName: 'agent',
    displayName: 'thinker',
    role: 'specialist',
    resolvedConfig: resolved,
    promptSha256: hash(),
  });
  return { execution, budget, seat };
}

/** What a seat said. */
export const newMessage = (em: EntityManager, seat: AgentExecution, sequence: number): Message =>
  em.create(Message, {
    id: newId(),
    ownerId: seat.ownerId,
    executionId: seat.executionId,
    sequence,
    senderKind: 'agent',
    senderId: seat.id,
    messageType: 'response',
    content: { text: 'Because.' },
  });

const ask = { kind: 'answer' } as const;
const call = (seat: AgentExecution) => ({
  ownerId: seat.ownerId,
  executionId: seat.executionId,
  sequence: 1,
  call: 1,
  ordinal: 0,
  agentExecutionId: seat.id,
  askHash: hash(),
  ask,
  hears: { before: 1 },
  providerName: 'rehearsal',
  modelName: 'rehearsal',
  slotName: seat.slotName,
  round: 0,
  startedAt: new Date(),
});

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
    parameters: agentConfig,
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

type Registry = ReturnType<typeof newRegistry>;

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
  const { execution } = newExecution(em, ownerId);
  execution.kind = 'topology';
  execution.topologyId = topology.id;
}

function newRun(em: EntityManager, ownerId: string, registry: Registry, agent: Agent): void {
  const parent = newExecution(em, ownerId);
  const { execution, budget, seat } = newExecution(em, ownerId);
  execution.projectId = registry.project.id;
  execution.agentId = agent.id;
  execution.parentExecutionId = parent.execution.id;
  execution.rootExecutionId = parent.execution.id;
  execution.depth = 1;
  execution.forkedFromId = parent.execution.id;
  seat.agentId = agent.id;
  seat.templateVersionId = registry.version.id;
  budget.parentId = parent.budget.id;
  budget.path = [parent.budget.id, budget.id];
  em.create(ExecutionStateHistory, {
    id: newId(),
    ownerId,
    executionId: execution.id,
    agentExecutionId: seat.id,
    ordinal: 1,
    newState: 'queued',
    enteredAt: new Date(),
  });
  const message = newMessage(em, seat, 1);
  em.create(MessageRecipient, { ownerId, messageId: message.id, agentExecutionId: seat.id });
  em.create(LlmCall, { ...call(seat), id: newId(), state: 'succeeded', finishedAt: new Date() });
  em.create(CallFlight, {
    ...call(seat),
    sequence: 2,
    modelIndex: 0,
    budgetIds: budget.path,
    tokens: 10,
    usd: '0.000001',
    expiresAt: new Date(),
  });
  em.create(Event, {
    id: newId(),
    ownerId,
    eventType: 'execution.queued',
    occurredAt: new Date(),
    source: 'api',
    executionId: execution.id,
    subjectType: 'execution',
    subjectId: execution.id,
  });
}
