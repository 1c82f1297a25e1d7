import type { ExecutionInput } from '../../contract/executions.schema.ts';
import type { EnsembleOutcome } from '../../contract/outcomes.ts';
import type { EnsemblePlan } from '../../contract/plans.ts';
import { contributionWeights } from '../aggregation.ts';
import { groupEqual } from '../positions.ts';
import { type Aggregate, type Answer, aggregate, votesOf } from './aggregates.ts';
import { type Dissent, type Standing, type VoteView, ballotOf } from './ballot.ts';
import type { Contribution } from './contribution.ts';

/** `output` of an ensemble, as `GET /executions/:id` shows it. */
export interface EnsembleOutput extends Aggregate {
  readonly method: string;
  /** 2 where the answers were put together by a turn of its own. */
  readonly rounds: number;
  /** In seat order; `weight` has the diversity in it. */
  readonly contributions: readonly (VoteView & { readonly value: number | null })[];
  /** Empty where numbers were asked for. */
  readonly standings: readonly Standing[];
  /** Who gave another answer; nobody where that cannot be told: of numbers, of texts that were joined or put into other words. */
  readonly dissent: readonly Dissent[];
  readonly failed: EnsembleOutcome['failed'];
}

/** Puts the answers of an ensemble together. `said`: the messages that hold them, and the synthesis where there is one. */
export function ensembleOutput(
  outcome: EnsembleOutcome,
  { config: { aggregationMethod: method, diversityWeight } }: EnsemblePlan,
  { options }: ExecutionInput,
  said: readonly Contribution[],
): EnsembleOutput {
  const synthesis = said.find(({ sequence }) => sequence === outcome.synthesisSequence);
  const given = said.filter((contribution) => contribution !== synthesis);
  const answers = answersOf(given, options, diversityWeight);
  const decided = aggregate(method, answers, synthesis);
  const ballot = ballotOf(votesOf(method, answers), answers, { byWeight: method === 'weighted' });
  const { answer } = decided;
  const held = options?.includes(answer ?? '') ? answer : ballot.choiceLike(answer);

  return {
    ...decided,
    method,
    rounds: synthesis ? 2 : 1,
    contributions: answers.map(({ slot, name, choice, value, confidence, weight }) => ({
      slot,
      agent: name,
      choice,
      value,
      confidence,
      weight,
    })),
    standings: ballot.standings,
    dissent: ballot.dissentFrom(held),
    failed: outcome.failed,
  };
}

/** The answers with their weights, and the same label on equal ones: the words of the first seat. */
function answersOf(
  given: readonly Contribution[],
  options: readonly string[] | undefined,
  diversity: number,
): Answer[] {
  const weights = contributionWeights(given, diversity);
  const choices = given.map(({ choice }) => choice ?? '');
  const groups = options ? choices.map((choice) => options.indexOf(choice)) : groupEqual(choices);
  return given.map((contribution, i) => {
    const value = contribution.output?.['value'];
    return {
      ...contribution,
      reliability: contribution.weight,
      weight: weights[i]!,
      position: contribution.choice === null ? null : groups[i]!,
      choice: given[groups.indexOf(groups[i]!)]!.choice,
      value: typeof value === 'number' ? value : null,
    };
  });
}
