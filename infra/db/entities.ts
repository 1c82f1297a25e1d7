import { AgentCapability } from './entities/agent-capability.ts';
import { AgentConfiguration } from './entities/agent-configuration.ts';
import { AgentExecution } from './entities/agent-execution.ts';
import { AgentProfile } from './entities/agent-profile.ts';
import { AgentResponse } from './entities/agent-response.ts';
import { AgentStateHistory } from './entities/agent-state-history.ts';
import { AgentTemplate } from './entities/agent-template.ts';
import { Agent } from './entities/agent.ts';
import { ApiKey } from './entities/api-key.ts';
import { Budget } from './entities/budget.ts';
import { CallFlight } from './entities/call-flight.ts';
import { Capability, CapabilityCompatibility } from './entities/capability.ts';
import { ContentBody } from './entities/content-body.ts';
import { Event, EventCounter } from './entities/event.ts';
import { ExecutionStateHistory } from './entities/execution-state-history.ts';
import { Execution } from './entities/execution.ts';
import { HumanInteraction, HumanResponse } from './entities/human-interaction.ts';
import { IdempotencyRecord } from './entities/idempotency-record.ts';
import { LlmCall } from './entities/llm-call.ts';
import { Message, MessageRecipient } from './entities/message.ts';
import { MetricTotal } from './entities/metric-total.ts';
import { ModelCatalogEntry } from './entities/model-catalog-entry.ts';
import { Project } from './entities/project.ts';
import { ProviderConfig } from './entities/provider-config.ts';
import { Schedule } from './entities/schedule.ts';
import { TemplateVersion, TemplateCapability } from './entities/template-version.ts';
import { TopologyMembership } from './entities/topology-membership.ts';
import { TopologyPart } from './entities/topology-part.ts';
import { Topology } from './entities/topology.ts';
import { UserAccount } from './entities/user-account.ts';

/** Every table and view that the mapper knows. */
export const ENTITIES = [
  AgentCapability,
  AgentConfiguration,
  AgentExecution,
  AgentProfile,
  AgentResponse,
  AgentStateHistory,
  AgentTemplate,
  Agent,
  ApiKey,
  Budget,
  CallFlight,
  Capability,
  CapabilityCompatibility,
  ContentBody,
  Event,
  EventCounter,
  ExecutionStateHistory,
  Execution,
  HumanInteraction,
  HumanResponse,
  IdempotencyRecord,
  LlmCall,
  Message,
  MessageRecipient,
  MetricTotal,
  ModelCatalogEntry,
  Project,
  ProviderConfig,
  Schedule,
  TemplateVersion,
  TemplateCapability,
  TopologyMembership,
  TopologyPart,
  Topology,
  UserAccount,
];
