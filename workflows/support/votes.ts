import type { PreparedSeat } from '../contract/executions.ts';
import type { Vote } from '../contract/outcomes.ts';
import type { Spoken, TurnResult } from '../contract/turns.ts';
import { QUORUM } from '../domain/consensus.ts';
import type { Floor } from './floor.ts';
import { groupPositions } from './records.ts';

/** What came of a seat's turn. */
export interface Said {
  readonly seat: PreparedSeat;
  readonly result: TurnResult;
}

/** How positions are told apart: by the options' indices, or in free text by the judge, else by equality after normalising. */
export interface Ballot {
  readonly optionCount: number;
  readonly judge: PreparedSeat | undefined;
}

interface Valid {
  readonly seat: PreparedSeat;
  readonly spoken: Spoken;
}

/** The valid votes in what was said, in the order given. Abstentions and failures are none. */
export async function countVotes(
  floor: Floor,
  ballot: Ballot,
  round: number,
  said: readonly Said[],
): Promise<Vote[]> {
  const valid = said.flatMap(({ seat, result }): Valid[] =>
    result.status === 'spoken' && !result.abstained ? [{ seat, spoken: result }] : [],
  );
  const positions =
    ballot.optionCount > 0
      ? new Map(valid.map(({ spoken }) => [spoken.sequence, spoken.position]))
      : await group(floor, ballot.judge, round, valid);
  return valid.flatMap(({ seat, spoken }): Vote[] => {
    const { slot, weight } = seat;
    const { sequence, confidence } = spoken;
    const position = positions.get(sequence) ?? null;
    return position === null ? [] : [{ slot, sequence, position, weight, confidence }];
  });
}

/** The group's number by the sequence of the message that holds the position. */
async function group(
  floor: Floor,
  judge: PreparedSeat | undefined,
  round: number,
  valid: readonly Valid[],
): Promise<Map<number, number>> {
  const { ownerId, executionId } = floor.request;
  const inSeatOrder = valid.toSorted((a, b) => a.spoken.sequence - b.spoken.sequence);
  const sequences = inSeatOrder.map(({ spoken }) => spoken.sequence);
  const groups =
    valid.length < QUORUM
      ? sequences.map(() => 0)
      : ((judge && (await askJudge(floor, judge, round, inSeatOrder))) ??
        (await groupPositions({ ownerId, executionId, sequences })));
  return new Map(sequences.map((sequence, i) => [sequence, groups[i]!]));
}

/** The judge's groups; undefined where it gave none, so that the votes are not lost with it. */
async function askJudge(
  floor: Floor,
  judge: PreparedSeat,
  round: number,
  valid: readonly Valid[],
): Promise<readonly number[] | undefined> {
  const sequence = floor.nextSequence();
  const sequences = valid.map(({ spoken }) => spoken.sequence);
  // Exactly these messages, so that a repeated attempt hears the same whoever spoke meanwhile.
  const slots = valid.map(({ seat }) => seat.slot);
  const result = await floor.take({
    seat: judge,
    round,
    sequence,
    ask: { kind: 'group', round, sequences },
    hears: { before: sequence, rounds: { from: round, to: round }, slots },
  });
  const groups = result.status === 'spoken' ? result.groups : null;
  return groups?.length === sequences.length ? groups : undefined;
}
