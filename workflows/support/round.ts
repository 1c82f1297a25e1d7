import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { PreparedSeat } from '../contract/executions.ts';
import type { Vote } from '../contract/outcomes.ts';
import type { DebateConfig } from '../contract/topologies.schema.ts';
import { decide } from '../domain/consensus.ts';
import { fanOut } from './fan-out.ts';
import type { Floor, Speech } from './floor.ts';
import { type Ballot, type Said, countVotes } from './votes.ts';

/** One round: who states a position, and how the votes are counted. */
export interface Round {
  readonly round: number;
  readonly debaters: readonly PreparedSeat[];
  readonly ballot: Ballot;
  readonly config: Pick<DebateConfig, 'maxRounds' | 'consensusMethod'>;
}

/** Has all debaters state their positions in parallel; each hears the rounds before. Returns the valid votes. */
export async function holdRound(floor: Floor, round: Round): Promise<Vote[] | 'budget_exhausted'> {
  const speeches = plan(floor, round);
  if (round.config.consensusMethod === 'first_agree') return untilTwoAgree(floor, round, speeches);

  const said = await fanOut(speeches, async (speech) => ({
    seat: speech.seat,
    result: await floor.take(speech),
  }));
  return ranOut(said) ? 'budget_exhausted' : countVotes(floor, round.ballot, round.round, said);
}

function plan(floor: Floor, { round, debaters, config }: Round): Speech[] {
  const numbered = debaters.map((seat) => ({ seat, sequence: floor.nextSequence() }));
  // The same for all, so that nobody hears who happened to be faster.
  const before = numbered[0]!.sequence;
  return numbered.map(({ seat, sequence }) => ({
    seat,
    round,
    sequence,
    ask: { kind: 'position', round, maxRounds: config.maxRounds },
    hears: { before, rounds: { from: 1, to: round - 1 } },
  }));
}

/** Counts after each arrival; as soon as two seats hold the same position the turns in flight are cancelled. */
async function untilTwoAgree(
  floor: Floor,
  { round, ballot }: Round,
  speeches: readonly Speech[],
): Promise<Vote[] | 'budget_exhausted'> {
  const said: Said[] = [];
  const scope = new CancellationScope();
  let isOver = false;
  const speak = async (): Promise<unknown> => {
    try {
      return await scope.run(() =>
        fanOut(speeches, async (speech) => {
          said.push({ seat: speech.seat, result: await floor.take(speech) });
        }),
      );
    } finally {
      isOver = true;
    }
  };
  // Cancelled turns were meant to be; whoever cancelled us from outside is noticed below.
  const ended = Promise.allSettled([speak()]).then(([end]) =>
    end.status === 'rejected' && !isCancellation(end.reason) ? end : undefined,
  );

  let votes: Vote[] = [];
  let counted = 0;
  try {
    while (decide(votes, 'first_agree') === null) {
      await condition(() => said.length > counted || isOver);
      if (said.length === counted) break;
      counted = said.length;
      votes = await countVotes(floor, ballot, round, said.slice(0, counted));
    }
  } finally {
    scope.cancel();
    await ended;
  }
  const failed = await ended;
  if (failed) throw failed.reason;
  return decide(votes, 'first_agree') === null && ranOut(said) ? 'budget_exhausted' : votes;
}

const ranOut = (said: readonly Said[]): boolean =>
  said.some(({ result }) => result.status === 'failed' && result.code === 'budget_exhausted');
