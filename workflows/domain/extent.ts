import type { CompoundPlan, Plan } from '../contract/plans.ts';
import { mostChainRounds } from './chain/levels.ts';
import { DELEGATION_ROUNDS } from './delegation.ts';

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
    case 'chain':
      return { step: 'round', most: mostChainRounds(plan.config) };
    case 'delegation':
      return { step: 'round', most: DELEGATION_ROUNDS };
    case 'crosscheck':
      return {
        step: 'round',
        most: 1 + (plan.producerSlot === null ? 0 : plan.config.maxRevisions),
      };
    case 'ensemble':
      return { step: 'turn', most: 1 };
    case 'pipeline':
      return { step: 'stage', most: plan.config.stages.length };
    case 'compound':
      return { step: 'child', most: partsTaken(plan) };
  }
}

/** Of the branches one is taken. */
const partsTaken = ({ config, parts, stepCount }: CompoundPlan): number =>
  config.compositionType === 'conditional' ? stepCount + 1 : parts.length;
