import type { Definition } from '../../../workflows/contract/definition.ts';
import type { Problem } from '../../../workflows/contract/errors.ts';
import type { DebatePlan } from '../../../workflows/contract/plans.ts';
import type { DebateConfig } from '../../../workflows/contract/topologies.schema.ts';
import {
  answerTokens,
  seatNamed,
  takenTwice,
  type TopologyRules,
  type Turns,
  type WrittenSeat,
} from './rules.ts';

const DEBATERS = { min: 2, max: 50 };
const DEBATER = /^debater_[1-9]\d{0,3}$/;
const MEDIATOR = 'mediator';

/** Who mediates: a seat, an agent that has no seat yet, or nobody. */
export type Mediator =
  | { readonly kind: 'seat'; readonly slot: string }
  | { readonly kind: 'agent'; readonly name: string }
  | { readonly kind: 'none' };

/** `mediatorAgentName` names a slot, else the agent in a seat, else an agent; without it the seat `mediator` mediates, if there is one. */
export function findMediator(config: DebateConfig, seats: readonly WrittenSeat[]): Mediator {
  const name = config.mediatorAgentName;
  const named =
    name === null ? seats.find(({ slot }) => slot === MEDIATOR) : seatNamed(name, seats);
  if (named) return { kind: 'seat', slot: named.slot };
  return name === null ? { kind: 'none' } : { kind: 'agent', name };
}

/** Everything that is wrong with a debate's seats. `path` leads to the config and the members. */
export function checkDebateSeats(
  config: DebateConfig,
  seats: readonly WrittenSeat[],
  path: (field: string) => string,
): Problem[] {
  const problems = takenTwice(seats, path);
  const mediator = findMediator(config, seats);
  for (const [i, { slot }] of seats.entries()) {
    if (slot !== MEDIATOR && !DEBATER.test(slot))
      problems.push({
        path: path(`members.${i}.slot`),
        message: `A debate has the slots debater_1, debater_2, … and mediator; there is no slot "${slot}".`,
      });
  }
  const mediates = mediator.kind === 'seat' ? mediator.slot : null;
  if (
    mediator.kind !== 'none' &&
    mediates !== MEDIATOR &&
    seats.some(({ slot }) => slot === MEDIATOR)
  )
    problems.push({
      path: path('config.mediatorAgentName'),
      message: 'There is a seat "mediator" too; a debate has at most one mediator.',
    });
  const debaters = seats.filter(({ slot }) => DEBATER.test(slot) && slot !== mediates).length;
  if (debaters < DEBATERS.min || debaters > DEBATERS.max)
    problems.push({
      path: path('members'),
      message: `A debate needs ${DEBATERS.min} to ${DEBATERS.max} debaters; there are ${debaters}.`,
    });
  if (config.consensusMethod === 'mediator' && mediator.kind === 'none')
    problems.push({
      path: path('members'),
      message:
        'The method "mediator" needs a seat "mediator", or config.mediatorAgentName; add one or choose another consensusMethod.',
    });
  return problems;
}

/** A debate: two debaters or more, and perhaps a mediator. */
export const debateRules: TopologyRules<DebateConfig, DebatePlan> = {
  check: checkDebateSeats,
  named(config, seats) {
    const mediator = findMediator(config, seats);
    if (mediator.kind !== 'agent') return [];
    return [{ path: 'config.mediatorAgentName', agent: mediator.name, slot: MEDIATOR }];
  },
  isWeighted: ({ consensusMethod }) => consensusMethod === 'weighted',
  plan(config, seats) {
    const mediator = findMediator(config, seats);
    const mediatorSlot =
      mediator.kind === 'none' ? null : mediator.kind === 'seat' ? mediator.slot : MEDIATOR;
    return { workflow: 'debate', config, mediatorSlot };
  },
  turns: debateTurns,
};

function debateTurns(
  { config, mediatorSlot, seats }: Definition & DebatePlan,
  { hasOptions }: { readonly hasOptions: boolean },
): Turns[] {
  const debaters = seats.filter(({ slot }) => slot !== mediatorSlot);
  const ofRound = debaters.reduce((sum, { agent }) => sum + answerTokens(agent), 0);
  const mediator = seats.find(({ slot }) => slot === mediatorSlot);
  // Under first_agree the judge is asked after each arrival from the second on.
  const groupings = config.consensusMethod === 'first_agree' ? debaters.length - 1 : 1;
  const mediations = config.consensusMethod === 'mediator' ? config.maxRounds : 1;
  return Array.from({ length: config.maxRounds }, (_, round): Turns[] => [
    ...debaters.map((seat) => ({ seats: [seat], count: 1, heardTokens: round * ofRound })),
    ...(mediator && !hasOptions
      ? [{ seats: [mediator], count: groupings, heardTokens: ofRound }]
      : []),
    ...(mediator && round >= config.maxRounds - mediations
      ? [{ seats: [mediator], count: 1, heardTokens: (round + 1) * ofRound }]
      : []),
  ]).flat();
}
