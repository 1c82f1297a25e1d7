import { z } from 'zod';
import { AGENT_ROLES, AGENT_STATE_DETAILS, type AgentStateDetail } from '../domain/enums.ts';
import { AGENT_TRANSITIONS, changeState } from '../domain/transitions.ts';
import { Rehearsal } from './rehearsal.schema.ts';
import { ToolRefs } from './tools.schema.ts';

/** Q's identifier rule: lower-case letters, digits, `_`, `-`, at least one letter or digit, at most 64 characters. Stored lower-case. */
export const Identifier = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9_-]*[A-Za-z0-9][A-Za-z0-9_-]*$/, 'use letters, digits, _ and -')
  .transform((name) => name.toLowerCase());

export const Semver = z
  .string()
  .regex(/^\d{1,9}\.\d{1,9}\.\d{1,9}$/, 'use a version such as 1.0.0');

/** A model of a provider, by the provider's name. */
export const ModelRef = z.strictObject({
  provider: z.string().min(1).max(128),
  model: z.string().min(1).max(128),
});
export type ModelRef = z.infer<typeof ModelRef>;

export const AgentCapabilityRef = z.strictObject({
  name: z.string().min(1).max(128),
  version: Semver.default('1.0.0'),
  config: z.record(z.string(), z.unknown()).default({}),
  enabled: z.boolean().default(true),
});

const fields = {
  /** In order of preference; empty: the project's default provider, `CONCLAVE_DEFAULT_MODEL`, the first with credentials, rehearsal. */
  models: z.array(ModelRef).max(10),
  systemPrompt: z.string().max(100_000).nullable(),
  temperature: z.number().min(0).max(2),
  /** The most tokens one answer may have. */
  maxTokens: z.int().min(1).max(1_000_000),
  /** How answers in free text are to be written, such as `json` or `markdown`. */
  outputFormat: z.string().max(64).nullable(),
  /** How often a call is made again on one model after failures of its provider. */
  maxRetries: z.int().min(0).max(20),
  /** Seconds one call may take. */
  timeoutSeconds: z.number().positive().max(3_600),
  /** How often an agent may call tools in one turn; 0: it has none. */
  maxToolCalls: z.int().min(0).max(100),
  capabilities: z.array(AgentCapabilityRef).max(100),
  tools: ToolRefs,
  rehearsal: Rehearsal,
};

/** AgentConfig (QMCP), complete: what is not said has its default. */
export const AgentConfig = z.strictObject({
  models: fields.models.default([]),
  systemPrompt: fields.systemPrompt.default(null),
  temperature: fields.temperature.default(0.7),
  maxTokens: fields.maxTokens.default(4_096),
  outputFormat: fields.outputFormat.default(null),
  maxRetries: fields.maxRetries.default(3),
  timeoutSeconds: fields.timeoutSeconds.default(300),
  maxToolCalls: fields.maxToolCalls.default(10),
  capabilities: fields.capabilities.default([]),
  tools: fields.tools.optional(),
  rehearsal: fields.rehearsal.optional(),
});
export type AgentConfig = z.infer<typeof AgentConfig>;

/** A partial AgentConfig: overrides of an agent, a seat or a start. */
export const AgentOverrides = z.strictObject(fields).partial();
export type AgentOverrides = z.infer<typeof AgentOverrides>;

/** An agent written where it is used. */
export const InlineAgent = z.strictObject({
  name: Identifier,
  role: z.enum(AGENT_ROLES).default('specialist'),
  description: z.string().max(1_024).default(''),
  config: AgentOverrides.default({}),
});
export type InlineAgent = z.infer<typeof InlineAgent>;

/** Agent Party's names of states, where they differ from ours. */
const PARTY_STATES: Readonly<Record<string, AgentStateDetail>> = {
  initialized: 'ready',
  running: 'active',
  completed: 'terminated',
};

const isState = (word: string | undefined): word is AgentStateDetail =>
  AGENT_STATE_DETAILS.some((state) => state === word);

/** `<from>_to_<to>` in our words; undefined when there is no such change of state. */
function transitionKey(key: string): string | undefined {
  const [from, to] = key.split('_to_').map((word) => PARTY_STATES[word] ?? word);
  if (!isState(from) || !isState(to)) return undefined;
  return changeState(AGENT_TRANSITIONS, from, to) === 'changed' ? `${from}_to_${to}` : undefined;
}

/** Who must agree before an agent changes its state (Agent Party). */
const TransitionRule = z.strictObject({
  approval: z.enum(['automatic', 'human', 'rule']),
  /** Seconds until `onTimeout` happens. */
  timeout: z.int().min(1).max(31_536_000).optional(),
  approvers: z.array(z.string().min(1).max(200)).max(50).optional(),
  onTimeout: z.enum(['reject', 'approve', 'fail']).optional(),
  rule: z.string().min(1).max(200).optional(),
});

/** GovernanceRules (Agent Party): rules by transition, and the default policy of tools. Kept in our words. */
export const GovernanceRules = z.strictObject({
  transitions: z
    .record(
      z.string().refine((key) => transitionKey(key) !== undefined, {
        message: 'name a change of state such as ready_to_active',
      }),
      TransitionRule,
    )
    .transform((rules) =>
      Object.fromEntries(Object.entries(rules).map(([key, rule]) => [transitionKey(key)!, rule])),
    )
    .optional(),
  tools: z.record(z.string().min(1).max(128), z.enum(['allow', 'deny', 'ask'])).optional(),
});
export type GovernanceRules = z.infer<typeof GovernanceRules>;
