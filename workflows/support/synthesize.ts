import type { PreparedSeat } from '../contract/executions.ts';
import type { Hears } from '../contract/turns.ts';
import { turnFailed } from './failures.ts';
import type { Floor } from './floor.ts';

/** What a synthesizer is to put together. */
interface Synthesis {
  readonly round: number;
  /** Whose answers, as it must cite them. */
  readonly slots: readonly string[];
  /** How much being unlike the others counts, 0 to 1. */
  readonly diversity: number;
  /** Where the answers stand. */
  readonly heard: Pick<Hears, 'rounds' | 'sequences'>;
}

/** Has a seat put answers together. Returns the number of what it said; an execution without it has failed. */
export async function synthesize(
  floor: Floor,
  seat: PreparedSeat,
  { round, slots, diversity, heard }: Synthesis,
): Promise<number> {
  const sequence = floor.nextSequence();
  const result = await floor.take({
    seat,
    round,
    sequence,
    ask: { kind: 'synthesize', slots, diversity },
    hears: { before: sequence, ...heard, data: true },
  });
  if (result.status === 'failed') throw turnFailed('The synthesizer', result.code);
  return sequence;
}
