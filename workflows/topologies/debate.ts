import { continueAsNew, workflowInfo } from '@temporalio/workflow';
import type {
  Closed,
  DebateResume,
  ExecutionRequest,
  PreparedSeat,
} from '../contract/executions.ts';
import type { DebateOutcome, Vote } from '../contract/outcomes.ts';
import type { DebateConfig } from '../contract/topologies.schema.ts';
import { QUORUM, type Verdict, agreement, endsEarly, settle } from '../domain/consensus.ts';
import { type Ready, execute } from '../support/execute.ts';
import { executionFailed, noQuorum } from '../support/failures.ts';
import type { Floor, Speech } from '../support/floor.ts';
import { inSeatOrder } from '../support/in-seat-order.ts';
import { type Ruling, mediate } from '../support/mediate.ts';
import { nextRun } from '../support/next-run.ts';
import { holdRound } from '../support/round.ts';

/**
 * A debate. In round 1 all state a position without hearing each other; then each hears the others and restates, until
 * the method is satisfied with enough agreement, or rounds or budget end; then the method decides on the last full
 * round, else the mediator, else nobody.
 */
export async function debate(request: ExecutionRequest): Promise<Closed | null> {
  return execute(request, 'debate', discuss);
}

async function discuss(prepared: Ready<'debate'>, floor: Floor): Promise<DebateOutcome> {
  const { config, seats, mediatorSlot, optionCount } = prepared;
  const mediator = seats.find(({ slot }) => slot === mediatorSlot);
  const debaters = seats.filter((seat) => seat !== mediator);
  const ballot = { optionCount, judge: mediator };
  let last = resumed(floor.request);

  for (let round = (last?.round ?? 0) + 1; round <= config.maxRounds; round++) {
    await floor.enter(round, config.maxRounds);
    const speeches = positions(floor, { round, debaters, config });
    const method = config.consensusMethod;
    const votes = await holdRound(floor, { round, speeches, ballot, method });
    if (votes === 'budget_exhausted') {
      last &&= { ...last, budgetEnded: true };
      break;
    }
    if (votes.length < QUORUM) throw noQuorum(round, votes.length, floor.silent());
    last = { round, votes, budgetEnded: false };
    if (round === config.maxRounds) break;

    const verdict = endsEarly(votes, config);
    if (verdict) return decidedByVotes(config, last, verdict);
    if (config.consensusMethod === 'mediator') {
      const ruling = await mediate(floor, mediator, round, true);
      if (ruling) return decidedByMediator(config, last, ruling);
    }
    if (workflowInfo().continueAsNewSuggested) await goOn(floor, last);
  }

  if (!last) throw budgetExhausted();
  const verdict = settle(last.votes, config);
  if (verdict) return decidedByVotes(config, last, verdict);
  const ruling = await mediate(floor, mediator, last.round, false);
  return ruling ? decidedByMediator(config, last, ruling) : undecided(config, last);
}

/** All state their positions in parallel; each hears the rounds before. */
function positions(
  floor: Floor,
  { round, debaters, config }: { round: number; debaters: PreparedSeat[]; config: DebateConfig },
): Speech[] {
  const { numbered, before } = inSeatOrder(
    floor,
    debaters.map((seat) => ({ seat })),
  );
  return numbered.map(({ seat, sequence }) => ({
    seat,
    round,
    sequence,
    ask: { kind: 'position', round, maxRounds: config.maxRounds },
    hears: { before, rounds: { from: 1, to: round - 1 } },
  }));
}

/** The last full round, and the valid votes in it. */
interface Last {
  readonly round: number;
  readonly votes: readonly Vote[];
  /** The next round could not be paid for. */
  readonly budgetEnded: boolean;
}

const resumed = ({ resume }: ExecutionRequest): Last | undefined =>
  resume && 'votes' in resume
    ? { round: resume.round - 1, votes: resume.votes, budgetEnded: false }
    : undefined;

/** Goes on in a new run, whose history is empty; the round to come is its first. */
async function goOn(floor: Floor, { round, votes }: Last): Promise<never> {
  const resume: DebateResume = { round: round + 1, nextSequence: floor.nextSequence(), votes };
  return continueAsNew<typeof debate>(nextRun(floor.request, resume));
}

function ending(config: DebateConfig, { round, votes, budgetEnded }: Last) {
  return {
    kind: 'debate',
    method: config.consensusMethod,
    rounds: round,
    budgetEnded,
    agreement: agreement(votes, config.consensusMethod),
    votes: votes.toSorted((a, b) => a.sequence - b.sequence),
  } as const;
}

const decidedByVotes = (config: DebateConfig, last: Last, verdict: Verdict): DebateOutcome => ({
  ...ending(config, last),
  ...verdict,
  converged: true,
  mediatorSequence: null,
});

/** A mediator that decides because the method found nothing is no consensus. */
const decidedByMediator = (config: DebateConfig, last: Last, ruling: Ruling): DebateOutcome => ({
  ...ending(config, last),
  method: 'mediator',
  decidedBy: 'mediator',
  converged: config.consensusMethod === 'mediator',
  position: ruling.position,
  mediatorSequence: ruling.sequence,
});

const undecided = (config: DebateConfig, last: Last): DebateOutcome => ({
  ...ending(config, last),
  decidedBy: null,
  converged: false,
  position: null,
  mediatorSequence: null,
});

const budgetExhausted = () =>
  executionFailed(
    'budget_exhausted',
    'The budget ended before the first round was full; start again with a larger one.',
  );
