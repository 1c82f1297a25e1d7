import type { PreparedSeat } from '../contract/executions.ts';
import type { Ask, Hears, TurnResult } from '../contract/turns.ts';
import { heardBy } from '../domain/heard-by.ts';
import { fanOut } from './fan-out.ts';
import { budgetExhausted, ranOut } from './failures.ts';
import type { Floor } from './floor.ts';
import { inSeatOrder } from './in-seat-order.ts';

/** A turn of a wave. It hears exactly the messages that its ask points at, with their structured answers. */
export interface WaveTurn {
  readonly slot: string;
  readonly ask: Ask;
}

/** Rounds in which everything is done that can be done; the next begins when all of it has ended. */
export interface Waves {
  /**
   * Has all turns of the next wave taken, and returns what came of them in their order. Seats speak in parallel; one
   * that has several turns takes them one after the other. Where the budget has no room for a turn the execution fails.
   */
  hold(turns: readonly WaveTurn[]): Promise<TurnResult[]>;
  /** How many waves have ended, those of earlier runs included. */
  held(): number;
}

/** Opens the waves of an execution; `held`: how many there were in earlier runs. */
export function openWaves(
  floor: Floor,
  seats: readonly PreparedSeat[],
  most: number,
  held = 0,
): Waves {
  const seatOf = new Map(seats.map((seat) => [seat.slot, seat]));
  let round = held;
  return {
    held: () => round,
    async hold(turns) {
      round += 1;
      await floor.enter(round, most);
      const { numbered, before } = inSeatOrder(floor, turns);
      const results = new Map<number, TurnResult>();
      const bySeat = Map.groupBy(numbered, ({ slot }) => slot);
      await fanOut([...bySeat.values()], async (own) => {
        for (const { slot, ask, sequence } of own) {
          const hears: Hears = { before, sequences: heardBy(ask), data: true };
          const seat = seatOf.get(slot)!;
          results.set(sequence, await floor.take({ seat, round, sequence, ask, hears }));
        }
      });
      const inOrder = numbered.map(({ sequence }) => results.get(sequence)!);
      if (ranOut(inOrder)) throw budgetExhausted();
      return inOrder;
    },
  };
}
