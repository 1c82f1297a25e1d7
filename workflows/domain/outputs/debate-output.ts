import type { DebateOutcome, Vote } from '../../contract/outcomes.ts';
import type { Contribution } from './contribution.ts';

/** How many, and how much weight, stand behind a choice. */
export interface Standing {
  readonly choice: string;
  readonly votes: number;
  readonly weight: number;
}

/** `output` of a debate, as `GET /executions/:id` shows it. */
export interface DebateOutput {
  readonly answer: string | null;
  readonly text: string;
  readonly method: string;
  readonly decidedBy: DebateOutcome['decidedBy'];
  readonly converged: boolean;
  readonly rounds: number;
  /** A further round could not be paid for. */
  readonly budgetEnded: boolean;
  /** 0 to 1. */
  readonly agreement: number;
  readonly votes: readonly {
    readonly slot: string;
    readonly agent: string;
    readonly choice: string | null;
    readonly confidence: number | null;
    readonly weight: number;
  }[];
  readonly dissent: readonly {
    readonly slot: string;
    readonly choice: string | null;
    readonly reasoning: string | null;
  }[];
  readonly standings: readonly Standing[];
}

/** Puts the words to how a debate ended. `said`: the messages of its votes, and the mediator's where it decided. */
export function debateOutput(outcome: DebateOutcome, said: readonly Contribution[]): DebateOutput {
  const bySequence = new Map(said.map((contribution) => [contribution.sequence, contribution]));
  const choiceOf = (vote: Vote): string | null => bySequence.get(vote.sequence)?.choice ?? null;
  const mediation =
    outcome.mediatorSequence === null ? undefined : bySequence.get(outcome.mediatorSequence);
  const agreed = outcome.votes.find((vote) => vote.position === outcome.position);
  const answer = mediation ? mediation.choice : agreed ? choiceOf(agreed) : null;
  const standings = standingsOf(outcome, choiceOf);

  return {
    answer,
    text:
      mediation?.text ?? spokesman(outcome.votes, bySequence, answer)?.text ?? undecided(standings),
    method: mediation ? 'mediator' : outcome.method,
    decidedBy: outcome.decidedBy,
    converged: outcome.converged,
    rounds: outcome.rounds,
    budgetEnded: outcome.budgetEnded,
    agreement: outcome.agreement,
    votes: outcome.votes.map((vote) => ({
      slot: vote.slot,
      agent: bySequence.get(vote.sequence)?.name ?? vote.slot,
      choice: choiceOf(vote),
      confidence: vote.confidence,
      weight: vote.weight,
    })),
    dissent: outcome.votes
      .filter((vote) => answer !== null && choiceOf(vote) !== answer)
      .map((vote) => ({
        slot: vote.slot,
        choice: choiceOf(vote),
        reasoning: bySequence.get(vote.sequence)?.reasoning ?? null,
      })),
    standings,
  };
}

/** Who speaks for the answer: the surest of those who hold it, then the first seat. */
function spokesman(
  votes: readonly Vote[],
  said: ReadonlyMap<number, Contribution>,
  answer: string | null,
): Contribution | undefined {
  if (answer === null) return undefined;
  const holders = votes
    .flatMap((vote) => said.get(vote.sequence) ?? [])
    .filter(({ choice }) => choice === answer);
  return holders.toSorted((a, b) => (b.confidence ?? 0) - (a.confidence ?? 0))[0];
}

const undecided = (standings: readonly Standing[]): string =>
  standings.length === 0
    ? 'No position was taken.'
    : `No agreement: ${standings.map(({ choice, votes }) => `${choice} (${votes})`).join(', ')}.`;

/** By what the method counts: weight under `weighted`, else heads. */
function standingsOf(
  { votes, method }: DebateOutcome,
  choiceOf: (vote: Vote) => string | null,
): readonly Standing[] {
  const groups = Map.groupBy(votes, (vote) => vote.position);
  const counted = ({ votes: heads, weight }: Standing): number[] =>
    method === 'weighted' ? [weight, heads] : [heads, weight];
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
