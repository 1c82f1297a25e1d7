import type { Definition } from '../../../workflows/contract/definition.ts';
import type { Problem } from '../../../workflows/contract/errors.ts';
import type { DelegationPlan } from '../../../workflows/contract/plans.ts';
import type { DelegationConfig } from '../../../workflows/contract/topologies.schema.ts';
import {
  COORDINATOR,
  FALLBACK,
  isSpecialist,
  MOST_ITEMS,
  usedStrategy,
} from '../../../workflows/domain/delegation.ts';
import { withTeam } from './brief-leaders.ts';
import {
  answerTokens,
  seatNamed,
  takenTwice,
  type TopologyRules,
  type Turns,
  type WrittenSeat,
} from './rules.ts';

const SPECIALISTS = { min: 1, max: 50 };

/** Everything that is wrong with the seats of a delegation. */
export function checkDelegationSeats(
  _config: DelegationConfig,
  seats: readonly WrittenSeat[],
  path: (field: string) => string,
): Problem[] {
  const problems = takenTwice(seats, path);
  for (const [i, { slot }] of seats.entries())
    if (slot !== COORDINATOR && !isSpecialist(slot))
      problems.push({
        path: path(`members.${i}.slot`),
        message: `A delegation has the slots coordinator and specialist_1, specialist_2, …; there is no slot "${slot}".`,
      });
  if (!seats.some(({ slot }) => slot === COORDINATOR))
    problems.push({
      path: path('members'),
      message:
        'A delegation needs a seat "coordinator", who splits the task and merges the reports.',
    });
  const count = seats.filter(({ slot }) => isSpecialist(slot)).length;
  if (count < SPECIALISTS.min || count > SPECIALISTS.max)
    problems.push({
      path: path('members'),
      message: `A delegation needs ${SPECIALISTS.min} to ${SPECIALISTS.max} specialists; there are ${count}.`,
    });
  return problems;
}

/** A delegation: a coordinator, specialists, and perhaps a fallback. */
export const delegationRules: TopologyRules<DelegationConfig, DelegationPlan> = {
  check: checkDelegationSeats,
  named({ fallbackAgentName: name }, seats) {
    if (name === null || seatNamed(name, seats)) return [];
    return [{ path: 'config.fallbackAgentName', agent: name, slot: FALLBACK }];
  },
  isWeighted: () => false,
  countsWork: ({ routingStrategy, loadBalance }) =>
    routingStrategy === 'least_loaded' || loadBalance,
  plan(config, seats) {
    const { fallbackAgentName: name } = config;
    const fallbackSlot = name === null ? null : (seatNamed(name, seats)?.slot ?? FALLBACK);
    return { workflow: 'delegation', config, fallbackSlot };
  },
  settle: briefCoordinator,
  turns: delegationTurns,
};

/** The coordinator is told what its specialists can do, and may ask for nothing else. */
function briefCoordinator(definition: Definition & DelegationPlan): Definition & DelegationPlan {
  const { config, seats, notices } = definition;
  const specialists = seats.filter(({ slot }) => isSpecialist(slot));
  const capabilities = specialists.flatMap(({ agent }) =>
    agent.capabilities.filter(({ enabled }) => enabled).map(({ name }) => name),
  );
  const teamCapabilities = [...new Set(capabilities)].toSorted();
  const used = usedStrategy(config.routingStrategy);
  return {
    ...definition,
    seats: seats.map((seat) => {
      if (seat.slot !== COORDINATOR) return seat;
      const briefed = withTeam(seat, 'Your specialists:', specialists);
      return { ...briefed, agent: { ...briefed.agent, teamCapabilities } };
    }),
    notices:
      used === config.routingStrategy
        ? notices
        : [
            ...notices,
            `There is no recommender yet: items are routed by ${used} instead of ${config.routingStrategy}.`,
          ],
  };
}

/** Every item is tried by every seat that may have it. */
function delegationTurns(
  { config, seats, fallbackSlot }: Definition & DelegationPlan,
  { itemCount }: { readonly itemCount: number },
): Turns[] {
  const coordinator = seats.filter(({ slot }) => slot === COORDINATOR);
  const specialists = seats.filter(({ slot }) => isSpecialist(slot));
  const items = itemCount > 0 ? itemCount : MOST_ITEMS;
  const isForAll = config.routingStrategy === 'broadcast';
  const longest = Math.max(...seats.map(({ agent }) => answerTokens(agent)));
  const reports = isForAll ? items * specialists.length : items;
  // Without broadcast two specialists try an item at most, whichever those are.
  const tried = items * Math.min(2, specialists.length);
  return [
    ...(itemCount > 0 ? [] : [{ seats: coordinator, count: 1, heardTokens: 0 }]),
    ...(isForAll
      ? specialists.map((seat) => ({ seats: [seat], count: items, heardTokens: longest }))
      : [{ seats: specialists, count: tried, heardTokens: longest }]),
    ...seats
      .filter(({ slot }) => slot === fallbackSlot)
      .map((seat) => ({ seats: [seat], count: items, heardTokens: longest })),
    { seats: coordinator, count: 1, heardTokens: (1 + reports) * longest },
  ];
}
