import type { PreparedSeat } from '../contract/executions.ts';
import { turnFailed } from './failures.ts';
import type { Floor } from './floor.ts';
import { postResults } from './records.ts';

/** Has a seat put the outputs of children together, after they were made messages. Returns the number of what it said. */
export async function synthesize(
  floor: Floor,
  synthesizer: PreparedSeat,
  names: readonly string[],
): Promise<number> {
  const { ownerId, executionId } = floor.request;
  const sequences = names.map(() => floor.nextSequence());
  await postResults({ ownerId, executionId, names, firstSequence: sequences[0]! });
  const sequence = floor.nextSequence();
  const result = await floor.take({
    seat: synthesizer,
    round: 1,
    sequence,
    ask: { kind: 'synthesize', slots: names, diversity: 0 },
    hears: { before: sequence, sequences, data: true },
  });
  if (result.status === 'failed') throw turnFailed('The synthesizer', result.code);
  return sequence;
}
