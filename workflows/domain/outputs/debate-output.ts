import type { DebateOutcome } from '../../contract/outcomes.ts';
import { type Dissent, type Standing, type VoteView, ballotOf, standingsText } from './ballot.ts';
import type { Contribution } from './contribution.ts';

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
  readonly votes: readonly VoteView[];
  /** Nobody where a mediator decided in words that no position has: who agrees with those cannot be told. */
  readonly dissent: readonly Dissent[];
  readonly standings: readonly Standing[];
}

/** Puts the words to how a debate ended. `said`: the messages of its votes, and the mediator's where it decided. */
export function debateOutput(outcome: DebateOutcome, said: readonly Contribution[]): DebateOutput {
  const ballot = ballotOf(outcome.votes, said, { byWeight: outcome.method === 'weighted' });
  const mediation =
    outcome.mediatorSequence === null
      ? undefined
      : said.find(({ sequence }) => sequence === outcome.mediatorSequence);
  const answer = mediation ? mediation.choice : ballot.choiceAt(outcome.position);
  const { votes, standings } = ballot;
  // In free text the mediator has a position where it says the same as one of the debaters.
  const held = outcome.position === null ? ballot.choiceLike(answer) : answer;

  return {
    answer,
    text: mediation?.text ?? ballot.spokesmanFor(answer)?.text ?? undecided(standings),
    method: mediation ? 'mediator' : outcome.method,
    decidedBy: outcome.decidedBy,
    converged: outcome.converged,
    rounds: outcome.rounds,
    budgetEnded: outcome.budgetEnded,
    agreement: outcome.agreement,
    votes,
    dissent: ballot.dissentFrom(held),
    standings,
  };
}

const undecided = (standings: readonly Standing[]): string =>
  standings.length === 0 ? 'No position was taken.' : `No agreement: ${standingsText(standings)}.`;
