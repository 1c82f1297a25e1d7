import type { Seat } from '../contract/definition.ts';
import type { RoutingStrategy } from './enums.ts';
import type { Candidate } from './routing.ts';

/** Who splits the task and merges the reports. */
export const COORDINATOR = 'coordinator';

/** The slot of a fallback agent that has no seat of its own. */
export const FALLBACK = 'fallback';

/** True for the slots `specialist_1`, `specialist_2`, … */
export const isSpecialist = (slot: string): boolean => /^specialist_[1-9]\d{0,3}$/.test(slot);

/** The most items of a coordinator's plan. */
export const MOST_ITEMS = 20;

/** The most rounds: the plan, its items, those again for the next specialist and for the fallback, the merge. */
export const DELEGATION_ROUNDS = 5;

/** The strategy that is used where one is asked for: there is no recommender yet. */
export const usedStrategy = (asked: RoutingStrategy): RoutingStrategy =>
  asked === 'recommended' ? 'capability_match' : asked;

/** A seat as routing sees it. */
export const candidateOf = ({ slot, otherWork = 0, agent }: Seat): Candidate => ({
  slot,
  openWork: otherWork,
  proficiency: new Map(
    agent.capabilities
      .filter(({ enabled }) => enabled)
      .map(({ name, proficiency }) => [name, proficiency]),
  ),
});
