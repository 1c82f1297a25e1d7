import type { Problem } from '../../workflows/contract/errors.ts';
import type { DebateConfig } from '../../workflows/contract/topologies.schema.ts';

const DEBATERS = { min: 2, max: 50 };
const DEBATER = /^debater_[1-9]\d{0,3}$/;
const MEDIATOR = 'mediator';

/** A seat as written: its slot, and its agent's name where that is known. */
export interface WrittenSeat {
  readonly slot: string;
  readonly agentName: string | null;
}

/** Who mediates: a seat, an agent that has no seat yet, or nobody. */
export type Mediator =
  | { readonly kind: 'seat'; readonly slot: string }
  | { readonly kind: 'agent'; readonly name: string }
  | { readonly kind: 'none' };

/** `mediatorAgentName` names a slot, else the agent in a seat, else an agent; without it the seat `mediator` mediates, if there is one. */
export function findMediator(config: DebateConfig, seats: readonly WrittenSeat[]): Mediator {
  const name = config.mediatorAgentName;
  const named =
    seats.find(({ slot }) => slot === (name ?? MEDIATOR)) ??
    seats.find(({ agentName }) => name !== null && agentName === name.toLowerCase());
  if (named) return { kind: 'seat', slot: named.slot };
  return name === null ? { kind: 'none' } : { kind: 'agent', name };
}

/** The slot that an agent without a seat takes when it mediates. */
export const MEDIATOR_SLOT = MEDIATOR;

/** Everything that is wrong with a debate's seats. `path` leads to the config and the members. */
export function checkDebateSeats(
  config: DebateConfig,
  seats: readonly WrittenSeat[],
  path: (field: string) => string,
): Problem[] {
  const problems: Problem[] = [];
  const mediator = findMediator(config, seats);
  const taken = new Set<string>();
  for (const [i, { slot }] of seats.entries()) {
    const at = path(`members.${i}.slot`);
    if (slot !== MEDIATOR && !DEBATER.test(slot))
      problems.push({
        path: at,
        message: `A debate has the slots debater_1, debater_2, … and mediator; there is no slot "${slot}".`,
      });
    if (taken.has(slot))
      problems.push({ path: at, message: `The slot "${slot}" is taken twice; give each its own.` });
    taken.add(slot);
  }
  const mediates = mediator.kind === 'seat' ? mediator.slot : null;
  if (mediator.kind !== 'none' && mediates !== MEDIATOR && taken.has(MEDIATOR))
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
