import type { PreparedSeat } from '../contract/executions.ts';
import { ADVICE, executionFailed } from './failures.ts';
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
  if (result.status === 'failed') {
    const advice = ADVICE[result.code] ?? 'Its calls say why.';
    throw executionFailed(
      result.code,
      `The outputs were not put together: the synthesizer gave no answer. ${advice} A retry goes on from there.`,
    );
  }
  return sequence;
}
