/**
 * Every closed list of words, once. CHECK constraints, zod schemas and types are made from these.
 * Source: the data model, section 3.
 */
export const USER_ROLES = ['admin', 'operator', 'approver', 'member', 'viewer'] as const;
export const API_SCOPES = ['read', 'run', 'approve', 'admin'] as const;
export const AGENT_STATE_DETAILS = [
  'created',
  'initializing',
  'ready',
  'active',
  'paused',
  'error',
  'terminated',
] as const;
export const AGENT_STATUSES = ['inactive', 'active', 'busy', 'error', 'maintenance'] as const;
export const PRESENCES = ['online', 'working', 'idle', 'offline', 'error', 'overloaded'] as const;
export const AGENT_TYPES = [
  'coordinator',
  'assistant',
  'researcher',
  'developer',
  'designer',
  'specialist',
  'auditor',
  'custom',
] as const;
export const AGENT_ROLES = [
  'planner',
  'executor',
  'reviewer',
  'critic',
  'synthesizer',
  'specialist',
  'coordinator',
  'observer',
] as const;
export const TOPOLOGY_TYPES = [
  'debate',
  'chain',
  'delegation',
  'crosscheck',
  'ensemble',
  'pipeline',
  'compound',
] as const;
export const CONSENSUS_METHODS = [
  'majority',
  'unanimous',
  'weighted',
  'mediator',
  'first_agree',
] as const;
export const AGGREGATION_METHODS = [
  'vote',
  'average',
  'weighted',
  'concat',
  'best_of',
  'synthesis',
] as const;
export const ROUTING_STRATEGIES = [
  'capability_match',
  'round_robin',
  'least_loaded',
  'recommended',
  'broadcast',
] as const;
export const COMPOSITION_TYPES = ['sequential', 'parallel', 'conditional'] as const;
export const EXECUTION_KINDS = ['topology', 'conversation', 'task_graph', 'task', 'agent'] as const;
export const EXECUTION_STATES = [
  'queued',
  'preparing',
  'running',
  'paused',
  'completed',
  'failed',
  'cancelled',
] as const;
export const MESSAGE_TYPES = [
  'request',
  'response',
  'feedback',
  'escalation',
  'broadcast',
  'system',
  'tool_result',
  'interjection',
] as const;
export const SENDER_KINDS = ['agent', 'user', 'system', 'tool'] as const;
export const DELIVERY_STATUSES = ['pending', 'delivered', 'failed', 'expired'] as const;
export const VERDICTS = ['approve', 'reject', 'revise', 'abstain', 'escalate'] as const;
/** What a crosscheck decides between. */
export const CROSSCHECK_VERDICTS = ['approve', 'reject'] as const;
export const FINDING_SEVERITIES = ['info', 'minor', 'major', 'critical'] as const;
export const TEMPLATE_STATUSES = ['draft', 'published', 'deprecated'] as const;
export const INTERACTION_KINDS = ['approval', 'choice', 'input', 'edit'] as const;
export const INTERACTION_STATES = ['pending', 'answered', 'expired', 'cancelled'] as const;
export const DECISIONS = ['approve', 'reject', 'choose', 'answer', 'edit'] as const;
/** What a gate does when nobody has decided by its deadline. */
export const TIMEOUT_ACTIONS = ['reject', 'approve', 'fail'] as const;
export const PROVIDER_TYPES = [
  'ollama',
  'openai',
  'anthropic',
  'google',
  'huggingface',
  'openrouter',
  'openai_compatible',
  'custom',
  'rehearsal',
] as const;
export const AUTH_TYPES = ['bearer_token', 'api_key', 'oauth', 'none'] as const;
/** What the ledger holds; a call in flight (`started`) is a row of `call_flight` until it ends. */
export const LLM_CALL_STATES = ['started', 'succeeded', 'failed', 'abandoned'] as const;
export const BUDGET_SCOPES = [
  'owner',
  'project',
  'task',
  'team',
  'execution',
  'agent_execution',
] as const;
export const EVENT_SEVERITIES = ['debug', 'info', 'warning', 'error', 'critical'] as const;
export const APPROVER_KINDS = ['user', 'rule', 'system'] as const;

export type UserRole = (typeof USER_ROLES)[number];
export type ApiScope = (typeof API_SCOPES)[number];
export type AgentStateDetail = (typeof AGENT_STATE_DETAILS)[number];
export type AgentRole = (typeof AGENT_ROLES)[number];
export type TopologyType = (typeof TOPOLOGY_TYPES)[number];
export type AggregationMethod = (typeof AGGREGATION_METHODS)[number];
export type CompositionType = (typeof COMPOSITION_TYPES)[number];
export type ConsensusMethod = (typeof CONSENSUS_METHODS)[number];
export type RoutingStrategy = (typeof ROUTING_STRATEGIES)[number];
export type CrosscheckVerdict = (typeof CROSSCHECK_VERDICTS)[number];
export type ExecutionKind = (typeof EXECUTION_KINDS)[number];
export type ExecutionState = (typeof EXECUTION_STATES)[number];
export type InteractionKind = (typeof INTERACTION_KINDS)[number];
export type InteractionState = (typeof INTERACTION_STATES)[number];
export type Decision = (typeof DECISIONS)[number];
export type TimeoutAction = (typeof TIMEOUT_ACTIONS)[number];
export type MessageType = (typeof MESSAGE_TYPES)[number];
export type ProviderType = (typeof PROVIDER_TYPES)[number];
export type TemplateStatus = (typeof TEMPLATE_STATUSES)[number];
