import type { PreparedSeat } from '../contract/executions.ts';
import type { Floor } from './floor.ts';

/** What a mediator decided: an option's index, or null for its own words, in which message. */
export interface Ruling {
  readonly position: number | null;
  readonly sequence: number;
}

/** Asks the mediator to decide after hearing all rounds so far. Undefined: there is none, it wants another round, or it gave no answer. */
export async function mediate(
  floor: Floor,
  mediator: PreparedSeat | undefined,
  round: number,
  mayContinue: boolean,
): Promise<Ruling | undefined> {
  if (!mediator) return undefined;
  await floor.listen();
  const sequence = floor.nextSequence();
  const result = await floor.take({
    seat: mediator,
    round,
    sequence,
    ask: { kind: 'mediate', round, mayContinue },
    hears: { before: sequence, rounds: { from: 1, to: round } },
  });
  if (result.status === 'failed' || result.abstained || result.anotherRound) return undefined;
  return { position: result.position, sequence };
}
