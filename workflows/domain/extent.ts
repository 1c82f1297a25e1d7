import type { CompoundPlan, Plan } from '../contract/plans.ts';

/** How far an execution can go, for people: `step` is what one of its rounds is called. */
export interface Extent {
  readonly step: 'child' | 'round' | 'stage' | 'turn';
  /** The most of them that there can be. */
  readonly most: number;
}

/** The extent of each type. A new topology adds its line here. */
export function extentOf(plan: Plan): Extent {
  switch (plan.workflow) {
    case 'soloAgent':
      return { step: 'turn', most: 1 };
    case 'debate':
      return { step: 'round', most: plan.config.maxRounds };
    case 'pipeline':
      return { step: 'stage', most: plan.config.stages.length };
    case 'compound':
      return { step: 'child', most: partsTaken(plan) };
  }
}

/** Of the branches one is taken. */
const partsTaken = ({ config, parts, stepCount }: CompoundPlan): number =>
  config.compositionType === 'conditional' ? stepCount + 1 : parts.length;
