import type { Closed, ExecutionRequest, PreparedSeat } from '../contract/executions.ts';
import type { CrosscheckOutcome, Vote } from '../contract/outcomes.ts';
import { approval, approvalMethod } from '../domain/approval.ts';
import { QUORUM, agreement } from '../domain/consensus.ts';
import {
  CROSSCHECK_VERDICTS,
  type ConsensusMethod,
  type CrosscheckVerdict,
} from '../domain/enums.ts';
import { extentOf } from '../domain/extent.ts';
import { type Ready, execute } from '../support/execute.ts';
import { budgetExhausted, noQuorum, turnFailed } from '../support/failures.ts';
import type { Floor, Speech } from '../support/floor.ts';
import { inSeatOrder } from '../support/in-seat-order.ts';
import { holdRound } from '../support/round.ts';

/**
 * A crosscheck. An artifact, given or made by the producer, goes to checkers who do not hear each other. Their verdicts
 * decide, else the mediator, else nobody. What is not approved goes back to the producer with the findings, and the new
 * version is checked again, as often as may be revised.
 */
export async function crosscheck(request: ExecutionRequest): Promise<Closed | null> {
  return execute(request, 'crosscheck', review);
}

async function review(prepared: Ready<'crosscheck'>, floor: Floor): Promise<CrosscheckOutcome> {
  const { config, seats, producerSlot, mediatorSlot } = prepared;
  const producer = seats.find(({ slot }) => slot === producerSlot);
  const mediator = seats.find(({ slot }) => slot === mediatorSlot);
  const checkers = seats.filter((seat) => seat !== producer && seat !== mediator);
  const method = approvalMethod(config);
  const { most } = extentOf(prepared);
  let artifact: number | null = null;
  let earlier: readonly Speech[] = [];

  for (let round = 1; ; round++) {
    await floor.enter(round, most);
    if (producer && (round > 1 || !prepared.hasArtifact))
      artifact = await produce(floor, producer, round);
    await floor.listen();
    const speeches = checks(floor, { round, checkers, artifact, earlier });
    const votes = await holdRound(floor, { round, speeches, ballot: BY_VERDICT, method });
    if (votes === 'budget_exhausted') throw budgetExhausted();
    if (votes.length < QUORUM) throw noQuorum(round, votes.length, floor.silent());

    const decided = approval(votes, config);
    const isAsked = decided === null && (method === 'mediator' || round === most);
    const ruling = isAsked ? await rule(floor, mediator, round) : undefined;
    const verdict = ruling?.verdict ?? decided;
    if (verdict === 'approve' || round === most)
      return {
        ...ending(method, decided, ruling),
        ...counted(votes, method),
        rounds: round,
        artifactSequence: artifact,
      };
    earlier = speeches;
  }
}

/** Who decided, and what. A mediator that decides because the method found nothing is no consensus. */
const ending = (
  method: ConsensusMethod,
  decided: CrosscheckVerdict | null,
  ruling: Ruling | undefined,
) =>
  ({
    kind: 'crosscheck',
    method: ruling ? 'mediator' : method,
    decidedBy: ruling ? 'mediator' : decided && 'method',
    converged: decided !== null || (ruling !== undefined && method === 'mediator'),
    verdict: ruling?.verdict ?? decided,
    mediatorSequence: ruling?.sequence ?? null,
  }) as const;

/** Votes of the last round, in seat order. */
const counted = (votes: readonly Vote[], method: ConsensusMethod) => ({
  agreement: agreement(votes, method),
  votes: votes.toSorted((a, b) => a.sequence - b.sequence),
});

/** Verdicts are votes between two positions. */
const BY_VERDICT = { optionCount: CROSSCHECK_VERDICTS.length, judge: undefined };

/** Has the artifact made, or mended after the findings of the round before; returns where it stands. */
async function produce(floor: Floor, producer: PreparedSeat, round: number): Promise<number> {
  const sequence = floor.nextSequence();
  const result = await floor.take({
    seat: producer,
    round,
    sequence,
    ask: { kind: 'produce', round },
    hears: { before: sequence, rounds: { from: round - 1, to: round - 1 }, data: true },
  });
  if (result.status === 'failed') throw turnFailed('The producer', result.code);
  return sequence;
}

/** Each checker hears the artifact as it is now, and what it found itself in the version before. */
function checks(
  floor: Floor,
  {
    round,
    checkers,
    artifact,
    earlier,
  }: {
    readonly round: number;
    readonly checkers: readonly PreparedSeat[];
    readonly artifact: number | null;
    readonly earlier: readonly Speech[];
  },
): Speech[] {
  const { numbered, before } = inSeatOrder(
    floor,
    checkers.map((seat) => ({ seat })),
  );
  return numbered.map(({ seat, sequence }) => {
    const own = earlier.flatMap((speech) => (speech.seat === seat ? [speech.sequence] : []));
    const sequences = artifact === null ? own : [...own, artifact];
    const hears = { before, sequences, data: true } as const;
    return { seat, round, sequence, ask: { kind: 'check', round }, hears };
  });
}

/** What the mediator decided, in which message. */
interface Ruling {
  readonly verdict: CrosscheckVerdict;
  readonly sequence: number;
}

/** Asks the mediator after the checkers of a round. Undefined: there is none, or it gave no answer. */
async function rule(
  floor: Floor,
  mediator: PreparedSeat | undefined,
  round: number,
): Promise<Ruling | undefined> {
  if (!mediator) return undefined;
  await floor.listen();
  const sequence = floor.nextSequence();
  const result = await floor.take({
    seat: mediator,
    round,
    sequence,
    ask: { kind: 'rule', round },
    hears: { before: sequence, rounds: { from: round, to: round }, data: true },
  });
  if (result.status === 'failed') {
    if (result.code === 'budget_exhausted') throw budgetExhausted();
    return undefined;
  }
  const verdict = CROSSCHECK_VERDICTS[result.position ?? -1];
  return verdict && { verdict, sequence };
}
