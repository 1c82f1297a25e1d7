import type { ExecutionInput } from '../../contract/executions.schema.ts';
import type { CrosscheckOutcome } from '../../contract/outcomes.ts';
import type { CrosscheckVerdict } from '../enums.ts';
import { type Dissent, type Standing, type VoteView, ballotOf, standingsText } from './ballot.ts';
import type { Contribution } from './contribution.ts';

/** `output` of a crosscheck, as `GET /executions/:id` shows it. */
export interface CrosscheckOutput {
  readonly answer: CrosscheckVerdict | null;
  /** False also where nothing was decided. */
  readonly approved: boolean;
  readonly text: string;
  /** The last version. */
  readonly artifact: string;
  /** Of the last round. */
  readonly findings: readonly Readonly<Record<string, unknown>>[];
  readonly method: string;
  readonly decidedBy: CrosscheckOutcome['decidedBy'];
  readonly converged: boolean;
  readonly rounds: number;
  readonly revisions: number;
  /** 0 to 1. */
  readonly agreement: number;
  readonly votes: readonly VoteView[];
  readonly dissent: readonly Dissent[];
  readonly standings: readonly Standing[];
}

/** Puts the words to how a crosscheck ended. `said`: the last round's verdicts, the mediator's ruling, the last version. */
export function crosscheckOutput(
  outcome: CrosscheckOutcome,
  input: ExecutionInput,
  said: readonly Contribution[],
): CrosscheckOutput {
  const ballot = ballotOf(outcome.votes, said, { byWeight: outcome.method === 'weighted' });
  const at = (place: number | null): Contribution | undefined =>
    said.find(({ sequence }) => sequence === place);
  const ruling = at(outcome.mediatorSequence);
  const { votes, standings } = ballot;
  const answer = outcome.verdict;

  return {
    answer,
    approved: answer === 'approve',
    text:
      ruling?.text ??
      ballot.spokesmanFor(answer)?.text ??
      `The checkers came to no decision: ${standingsText(standings)}.`,
    artifact: at(outcome.artifactSequence)?.text ?? input.artifact ?? '',
    findings: outcome.votes.flatMap(({ slot, sequence }) => findingsOf(slot, at(sequence))),
    method: outcome.method,
    decidedBy: outcome.decidedBy,
    converged: outcome.converged,
    rounds: outcome.rounds,
    revisions: outcome.rounds - 1,
    agreement: outcome.agreement,
    votes,
    dissent: ballot.dissentFrom(answer),
    standings,
  };
}

const findingsOf = (slot: string, said: Contribution | undefined) =>
  ((said?.output?.['findings'] ?? []) as readonly Readonly<Record<string, unknown>>[]).map(
    (finding) => ({ slot, ...finding }),
  );
