import type { DebateConfig } from './topologies.schema.ts';

export interface SoloPlan {
  readonly workflow: 'soloAgent';
  readonly config: Record<string, never>;
}

export interface DebatePlan {
  readonly workflow: 'debate';
  readonly config: DebateConfig;
  readonly mediatorSlot: string | null;
}

/**
 * The part of a definition that its workflow is told: names, numbers and rules, never a text of the caller's, because
 * it stands in the workflow's history. A new topology adds its plan here.
 */
export type Plan = SoloPlan | DebatePlan;
