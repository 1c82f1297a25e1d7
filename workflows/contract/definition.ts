import type { AgentRole, ProviderType } from '../domain/enums.ts';
import type { AgentConfig } from './agents.schema.ts';
import type { Condition, InputMapping } from './compound.schema.ts';
import type { ResolvedGate } from './gates.ts';
import type { Plan } from './plans.ts';

/** A model as it was found when the execution was accepted. Prices are US dollars per million tokens, as decimal strings. */
export interface ResolvedModel {
  /** The provider's name as the owner knows it. */
  readonly provider: string;
  /** Null for rehearsal and for providers that the environment configures. */
  readonly providerConfigId: string | null;
  readonly providerType: ProviderType;
  readonly model: string;
  /** Tokens of prompt and answer together; null: not known, no limit is kept. */
  readonly contextWindow: number | null;
  readonly maxOutputTokens: number | null;
  readonly inputUsdPerMtok: string | null;
  readonly outputUsdPerMtok: string | null;
  readonly cachedUsdPerMtok: string | null;
}

/** Something that an agent can do, and how well (0 to 1). */
export type ResolvedCapability = AgentConfig['capabilities'][number] & {
  readonly proficiency: number;
};

/** An agent with all overrides applied: what a seat's `resolved_config` holds. */
export interface ResolvedAgent extends Omit<AgentConfig, 'models' | 'capabilities'> {
  readonly name: string;
  readonly role: AgentRole;
  readonly description: string;
  readonly personality: string | null;
  readonly agentId: string | null;
  readonly templateVersionId: string | null;
  readonly models: readonly ResolvedModel[];
  readonly capabilities: readonly ResolvedCapability[];
  /** What the items of its plans may ask for; only a coordinator has it. */
  readonly teamCapabilities?: readonly string[];
}

/** A named seat, filled. `weight` is final: the seat's own, or from the agent's reliability. */
export interface Seat {
  readonly slot: string;
  readonly position: number;
  readonly weight: number;
  /** Seats of the same agent that were at work in other executions when this one was accepted. */
  readonly otherWork?: number;
  readonly agent: ResolvedAgent;
}

/** A child of a compound, resolved like its parent and at the same time. */
export interface ChildDefinition {
  readonly name: string;
  /** The saved topology that it was made from. */
  readonly topologyId: string | null;
  /** Null: the input of the whole. */
  readonly input: InputMapping | null;
  /** Null: no condition. */
  readonly when: Condition | null;
  readonly definition: Definition;
}

/** What an execution does, resolved once when it was accepted: later edits of agents or topologies change nothing here. */
export type Definition = Plan & {
  readonly seats: readonly Seat[];
  /** In the order in which they are asked at one place. Absent: none. */
  readonly gates?: readonly ResolvedGate[];
  /** What the caller should know, such as which model was taken where none was named. */
  readonly notices: readonly string[];
  /** Of a compound, in their order. Not part of the plan: what stands here is never told to a workflow. */
  readonly children?: readonly ChildDefinition[];
};
