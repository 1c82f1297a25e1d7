import type { DebateConfig, PipelineConfig } from './topologies.schema.ts';

export interface SoloPlan {
  readonly workflow: 'soloAgent';
  readonly config: Record<string, never>;
}

export interface DebatePlan {
  readonly workflow: 'debate';
  readonly config: DebateConfig;
  readonly mediatorSlot: string | null;
}

export interface PipelinePlan {
  readonly workflow: 'pipeline';
  readonly config: PipelineConfig;
}

/**
 * The part of a definition that its workflow is told: names, numbers and rules, never a text of the caller's, because
 * it stands in the workflow's history. A new topology adds its plan here.
 */
export type Plan = SoloPlan | DebatePlan | PipelinePlan;
