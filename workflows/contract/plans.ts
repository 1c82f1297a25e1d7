import type { AggregationMethod, CompositionType } from '../domain/enums.ts';
import type {
  ChainConfig,
  CrosscheckConfig,
  DebateConfig,
  DelegationConfig,
  EnsembleConfig,
  PipelineConfig,
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

export interface PipelinePlan {
  readonly workflow: 'pipeline';
  readonly config: PipelineConfig;
}

export interface CompoundPlan {
  readonly workflow: 'compound';
  readonly config: {
    readonly compositionType: CompositionType;
    readonly aggregationMethod: AggregationMethod;
  };
  /** The children's names, in their order; what they are stands in `Definition.children`. */
  readonly parts: readonly string[];
  /** Under `conditional`: how many of them take place before one of the others is chosen. */
  readonly stepCount: number;
  /** The child that is taken where no condition holds. */
  readonly defaultPart: string | null;
  /** Who puts the outputs together under `synthesis`. */
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
  | EnsemblePlan
  | PipelinePlan
  | CompoundPlan;
