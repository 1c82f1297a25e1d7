import type { Definition } from '../../../workflows/contract/definition.ts';
import type { Problem } from '../../../workflows/contract/errors.ts';
import type { ChainPlan } from '../../../workflows/contract/plans.ts';
import type { ChainConfig } from '../../../workflows/contract/topologies.schema.ts';
import {
  levelOf,
  lowestLevel,
  partsLeft,
  rankSlots,
} from '../../../workflows/domain/chain/levels.ts';
import { withTeam } from './brief-leaders.ts';
import {
  answerTokens,
  takenTwice,
  type TopologyRules,
  type Turns,
  type WrittenSeat,
} from './rules.ts';

const SEATS_A_LEVEL = 8;

/** Everything that is wrong with the seats of a chain of command. */
export function checkChainSeats(
  { authorityLevels: levels }: ChainConfig,
  seats: readonly WrittenSeat[],
  path: (field: string) => string,
): Problem[] {
  const problems = takenTwice(seats, path);
  for (const [i, { slot }] of seats.entries())
    if (levelOf(levels, slot) < 0)
      problems.push({
        path: path(`members.${i}.slot`),
        message: `A chain has the slots of its authorityLevels (${levels.join(', ')}), several of one level as ${levels.at(-1)}_1, ${levels.at(-1)}_2, …; there is no slot "${slot}".`,
      });
  const ranks = rankSlots(
    levels,
    seats.map(({ slot }) => slot),
  );
  for (const [level, slots] of ranks.entries()) {
    const most = level === 0 ? 1 : SEATS_A_LEVEL;
    if (slots.length >= 1 && slots.length <= most) continue;
    const need = level === 0 ? 'exactly 1 seat, because it is the top' : `1 to ${most} seats`;
    problems.push({
      path: path('members'),
      message: `The level "${levels[level]}" needs ${need}; there are ${slots.length}.`,
    });
  }
  return problems;
}

/** A chain of command: levels of seats, one at the top. */
export const chainRules: TopologyRules<ChainConfig, ChainPlan> = {
  check: checkChainSeats,
  isWeighted: () => false,
  plan: (config) => ({ workflow: 'chain', config }),
  settle(definition) {
    const { config, seats, notices } = definition;
    const levels = config.authorityLevels;
    const lowest = lowestLevel(config);
    const idle = levels.slice(lowest + 1);
    return {
      ...definition,
      seats: seats.map((seat) => {
        const level = levelOf(levels, seat.slot);
        const below = seats.filter(({ slot }) => levelOf(levels, slot) === level + 1);
        return level < lowest ? withTeam(seat, 'You hand work down to:', below) : seat;
      }),
      notices: [
        ...notices,
        ...(idle.length > 0
          ? [
              `Work is handed down ${lowest} ${lowest === 1 ? 'time' : 'times'} at most (maxDelegationDepth): nothing comes to ${idle.join(', ')}.`,
            ]
          : []),
      ],
    };
  },
  turns: chainTurns,
};

/** Every plan is as long as it may be, every report needs guidance, is done again, and is taken over. */
function chainTurns({ config, seats }: Definition & ChainPlan): Turns[] {
  const levels = config.authorityLevels;
  const ranks = levels.map((_, level) =>
    seats.filter(({ slot }) => levelOf(levels, slot) === level),
  );
  const longest = Math.max(...seats.map(({ agent }) => answerTokens(agent)));
  const tasks = taskCounts(config);
  return tasks.flatMap((count, level): Turns[] => {
    const below = tasks[level + 1] ?? 0;
    const turns = (all: number, answersHeard: number): Turns => ({
      seats: ranks[level] ?? [],
      count: all,
      heardTokens: answersHeard * longest,
    });
    return [
      ...(below > 0
        ? [
            turns(count, 1), // plans
            turns(2 * below, 3), // guidance, taking over
            turns(count, 2 + Math.ceil(below / count)), // merging
          ]
        : [turns(count, 1)]),
      ...(level > 0 ? [turns(count, 3 + Math.ceil(below / count))] : []), // again
    ];
  });
}

/** The most tasks of each level, from the top down to the lowest that gets any. */
function taskCounts(config: ChainConfig): number[] {
  const counts = [1];
  for (let level = 0; level < lowestLevel(config); level++) {
    const all = counts.reduce((sum, count) => sum + count, 0);
    const parts = counts[level]! * partsLeft(all, counts[level]!);
    if (parts === 0) break;
    counts.push(parts);
  }
  return counts;
}
