import type { Closed, ExecutionRequest, PreparedSeat } from '../contract/executions.ts';
import type { EnsembleOutcome } from '../contract/outcomes.ts';
import type { EnsembleConfig } from '../contract/topologies.schema.ts';
import { type Ready, execute } from '../support/execute.ts';
import { budgetExhausted, executionFailed, namesOf, ranOut } from '../support/failures.ts';
import type { TurnResult } from '../contract/turns.ts';
import { fanOut } from '../support/fan-out.ts';
import type { Floor, Speech } from '../support/floor.ts';
import { inSeatOrder } from '../support/in-seat-order.ts';
import { synthesize } from '../support/synthesize.ts';

/**
 * An ensemble. All members answer the same in parallel, without hearing each other, and the answers are put together:
 * by counting when the ending is written, or under `synthesis` by one more turn that hears them all.
 */
export async function ensemble(request: ExecutionRequest): Promise<Closed | null> {
  return execute(request, 'ensemble', gather);
}

async function gather(prepared: Ready<'ensemble'>, floor: Floor): Promise<EnsembleOutcome> {
  const { config, seats, synthesizerSlot } = prepared;
  const synthesizer = seats.find(({ slot }) => slot === synthesizerSlot);
  const members = seats.filter((seat) => seat !== synthesizer);

  await floor.listen();
  const results = await fanOut(answers(floor, members, config), (speech) => floor.take(speech));
  const failed = results.flatMap((result, i) =>
    result.status === 'failed' ? [{ slot: members[i]!.slot, code: result.code }] : [],
  );
  if (ranOut(results)) throw budgetExhausted();
  if (isTooMany(failed.length, members.length, config))
    throw tooManyFailures(floor, members.length);

  const given = members.filter((_, i) => isAnswer(results[i]!));
  const sequences = results.filter(isAnswer).map(({ sequence }) => sequence);
  const isMerged = config.aggregationMethod === 'synthesis' && synthesizer && given.length > 0;
  const synthesisSequence = isMerged ? await merge(floor, synthesizer, given, config) : null;
  return { kind: 'ensemble', sequences, failed, synthesisSequence };
}

const isAnswer = (result: TurnResult): boolean => result.status === 'spoken' && !result.abstained;

function answers(floor: Floor, members: readonly PreparedSeat[], config: EnsembleConfig): Speech[] {
  const { numbered, before } = inSeatOrder(
    floor,
    members.map((seat) => ({ seat })),
  );
  return numbered.map(({ seat, sequence }) => ({
    seat,
    round: 1,
    sequence,
    ask: { kind: 'contribute', method: config.aggregationMethod },
    hears: { before },
  }));
}

/** Exactly the threshold is not too many; all of them always are. */
const isTooMany = (
  failed: number,
  members: number,
  { failureThreshold }: EnsembleConfig,
): boolean => failed === members || failed / members > failureThreshold;

const tooManyFailures = (floor: Floor, members: number) =>
  executionFailed(
    'too_many_failures',
    `${floor.silent().length} of ${members} seats gave no answer: ${namesOf(floor.silent())}. The calls say why; mend that and retry, or raise failureThreshold.`,
  );

/** Has the answers of these seats put together; returns where the synthesis stands. */
async function merge(
  floor: Floor,
  synthesizer: PreparedSeat,
  given: readonly PreparedSeat[],
  { diversityWeight: diversity }: EnsembleConfig,
): Promise<number> {
  await floor.listen();
  const slots = given.map(({ slot }) => slot);
  const heard = { rounds: { from: 1, to: 1 } };
  return synthesize(floor, synthesizer, { round: 2, slots, diversity, heard });
}
