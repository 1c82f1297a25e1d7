import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { Vote } from '../contract/outcomes.ts';
import { decide } from '../domain/consensus.ts';
import type { ConsensusMethod } from '../domain/enums.ts';
import { ranOut } from './failures.ts';
import { fanOut } from './fan-out.ts';
import type { Floor, Speech } from './floor.ts';
import { type Ballot, type Said, countVotes } from './votes.ts';

/** One round of votes: the turns in which they are cast, and how they are counted. */
export interface Round {
  readonly round: number;
  readonly speeches: readonly Speech[];
  readonly ballot: Ballot;
  readonly method: ConsensusMethod;
}

/** Has all turns of a round taken in parallel. Returns the valid votes, under `first_agree` those cast until two agreed. */
export async function holdRound(floor: Floor, round: Round): Promise<Vote[] | 'budget_exhausted'> {
  if (round.method === 'first_agree') return untilTwoAgree(floor, round);

  const said = await fanOut(round.speeches, async (speech) => ({
    seat: speech.seat,
    result: await floor.take(speech),
  }));
  return ranOut(resultsOf(said))
    ? 'budget_exhausted'
    : countVotes(floor, round.ballot, round.round, said);
}

/** Counts after each arrival; as soon as two seats hold the same position the turns in flight are cancelled. */
async function untilTwoAgree(
  floor: Floor,
  { round, ballot, speeches }: Round,
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
  return decide(votes, 'first_agree') === null && ranOut(resultsOf(said))
    ? 'budget_exhausted'
    : votes;
}

const resultsOf = (said: readonly Said[]) => said.map(({ result }) => result);
