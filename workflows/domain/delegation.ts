import type { ResolvedCapability, Seat } from '../contract/definition.ts';
import type { DelegationPlan } from '../contract/plans.ts';
import type { ItemRoute } from '../contract/turns.ts';
import type { RoutingStrategy } from './enums.ts';
import type { PlanPart } from './plan-parts.ts';
import { type Candidate, routeItems } from './routing.ts';

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

/** What routing has to know of a delegation: all of it was settled when the execution was accepted. */
export interface Team extends Pick<DelegationPlan, 'config' | 'fallbackSlot'> {
  readonly seats: readonly Candidacy[];
}

type Candidacy = Pick<Seat, 'slot' | 'otherWork'> & {
  readonly agent: {
    readonly capabilities: readonly Pick<ResolvedCapability, 'name' | 'proficiency' | 'enabled'>[];
  };
};

/** The seats of the parts of a plan, or of the items of an input. */
export function routesIn(
  { config, fallbackSlot, seats }: Team,
  parts: readonly PlanPart[],
): ItemRoute[] {
  const fallback = seats.find(({ slot }) => slot === fallbackSlot);
  return routeItems(
    parts.map(({ requiredCapabilities }) => requiredCapabilities),
    specialistsOf(seats),
    {
      strategy: config.routingStrategy,
      loadBalance: config.loadBalance,
      fallback: fallback ? candidateOf(fallback) : null,
    },
  );
}

/** The specialists among the seats, as routing sees them. */
export const specialistsOf = (seats: readonly Candidacy[]): Candidate[] =>
  seats.filter(({ slot }) => isSpecialist(slot)).map(candidateOf);

const candidateOf = ({ slot, otherWork = 0, agent }: Candidacy): Candidate => ({
  slot,
  openWork: otherWork,
  proficiency: new Map(
    agent.capabilities
      .filter(({ enabled }) => enabled)
      .map(({ name, proficiency }) => [name, proficiency]),
  ),
});
