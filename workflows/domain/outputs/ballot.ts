import type { Vote } from '../../contract/outcomes.ts';
import { normalisePosition } from '../positions.ts';
import type { Contribution } from './contribution.ts';

/** A vote with its words. */
export interface VoteView {
  readonly slot: string;
  readonly agent: string;
  readonly choice: string | null;
  readonly confidence: number | null;
  readonly weight: number;
}

/** Who disagreed, and why. */
export interface Dissent {
  readonly slot: string;
  readonly choice: string | null;
  readonly reasoning: string | null;
}

/** How many, and how much weight, stand behind a choice. */
export interface Standing {
  readonly choice: string;
  readonly votes: number;
  readonly weight: number;
}

/** Votes put into words. */
export interface Ballot {
  readonly votes: readonly VoteView[];
  /** The strongest first: by weight where that counts, else by heads. */
  readonly standings: readonly Standing[];
  /** The choice behind a position. */
  choiceAt(position: number | null): string | null;
  /** The choice that says the same as an answer, but for case, white space and punctuation. */
  choiceLike(answer: string | null): string | null;
  /** Those who did not vote for `answer`; nobody where there is no answer. */
  dissentFrom(answer: string | null): readonly Dissent[];
  /** Who speaks for the answer: the surest of those who hold it, then the first seat. */
  spokesmanFor(answer: string | null): Contribution | undefined;
}

/** Puts words to votes. `said`: the messages that hold them. */
export function ballotOf(
  votes: readonly Vote[],
  said: readonly Contribution[],
  options: { readonly byWeight: boolean },
): Ballot {
  const bySequence = new Map(said.map((contribution) => [contribution.sequence, contribution]));
  const choiceOf = ({ sequence }: Vote): string | null => bySequence.get(sequence)?.choice ?? null;
  return {
    votes: votes.map((vote) => ({
      slot: vote.slot,
      agent: bySequence.get(vote.sequence)?.name ?? vote.slot,
      choice: choiceOf(vote),
      confidence: vote.confidence,
      weight: vote.weight,
    })),
    standings: standingsOf(votes, choiceOf, options.byWeight),
    choiceAt(position) {
      const holder = votes.find((vote) => vote.position === position);
      return holder ? choiceOf(holder) : null;
    },
    choiceLike(answer) {
      const words = answer === null ? null : normalisePosition(answer);
      return (
        votes.map(choiceOf).find((each) => each !== null && normalisePosition(each) === words) ??
        null
      );
    },
    dissentFrom: (answer) =>
      votes
        .filter((vote) => answer !== null && choiceOf(vote) !== answer)
        .map((vote) => ({
          slot: vote.slot,
          choice: choiceOf(vote),
          reasoning: bySequence.get(vote.sequence)?.reasoning ?? null,
        })),
    spokesmanFor: (answer) =>
      answer === null
        ? undefined
        : votes
            .flatMap((vote) => bySequence.get(vote.sequence) ?? [])
            .filter(({ choice }) => choice === answer)
            .toSorted((a, b) => (b.confidence ?? 0) - (a.confidence ?? 0))[0],
  };
}

function standingsOf(
  votes: readonly Vote[],
  choiceOf: (vote: Vote) => string | null,
  byWeight: boolean,
): readonly Standing[] {
  const groups = Map.groupBy(votes, (vote) => vote.position);
  const counted = ({ votes: heads, weight }: Standing): number[] =>
    byWeight ? [weight, heads] : [heads, weight];
  return [...groups.values()]
    .map((group) => ({
      choice: choiceOf(group[0]!) ?? '',
      votes: group.length,
      weight: group.reduce((sum, { weight }) => sum + weight, 0),
    }))
    .toSorted((a, b) => {
      const [ours, theirs] = [counted(a), counted(b)];
      return theirs[0]! - ours[0]! || theirs[1]! - ours[1]!;
    });
}

/** The standings in one line: `no (2), yes (1)`. */
export const standingsText = (standings: readonly Standing[]): string =>
  standings.map(({ choice, votes }) => `${choice} (${votes})`).join(', ');
