import type {
  ChainConfig,
  CrosscheckConfig,
  DebateConfig,
  DelegationConfig,
  EnsembleConfig,
} from './topologies.schema.ts';

export interface SoloPlan {
  readonly workflow: 'soloAgent';
  readonly config: Record<string, never>;
}

export interface DebatePlan {
  readonly workflow: 'debate';
  readonly config: DebateConfig;
  readonly mediatorSlot: string | null;
}

export interface ChainPlan {
  readonly workflow: 'chain';
  readonly config: ChainConfig;
}

export interface DelegationPlan {
  readonly workflow: 'delegation';
  readonly config: DelegationConfig;
  /** Who gets what nobody can do. */
  readonly fallbackSlot: string | null;
}

export interface CrosscheckPlan {
  readonly workflow: 'crosscheck';
  /** Without the specialisations: they are texts, and stand in the checkers' seats. */
  readonly config: Omit<CrosscheckConfig, 'checkerSpecializations'>;
  readonly producerSlot: string | null;
  readonly mediatorSlot: string | null;
}

export interface EnsemblePlan {
  readonly workflow: 'ensemble';
  readonly config: EnsembleConfig;
  /** Who puts the answers together under `synthesis`. */
  readonly synthesizerSlot: string | null;
}

/**
 * The part of a definition that its workflow is told: names, numbers and rules, never a text of the caller's, because
 * it stands in the workflow's history. A new topology adds its plan here.
 */
export type Plan =
  | SoloPlan
  | DebatePlan
  | ChainPlan
  | DelegationPlan
  | CrosscheckPlan
  | EnsemblePlan;
