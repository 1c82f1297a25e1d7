import type { Vote } from '../../contract/outcomes.ts';
import { bestOf, meanOf, mostCommon, weightsByConfidence } from '../aggregation.ts';
import type { AggregationMethod } from '../enums.ts';
import type { Contribution } from './contribution.ts';

/** An answer of an ensemble's member. `choice` is the label of its position, `weight` has the diversity in it. */
export interface Answer extends Contribution {
  /** The seat's weight, however alike the answers are. */
  readonly reliability: number;
  /** An option's index, or the number of the group of equal words; null where a number was asked for. */
  readonly position: number | null;
  readonly value: number | null;
}

/** What the answers come to. */
export interface Aggregate {
  readonly answer: string | null;
  readonly text: string;
  /** The mean, where numbers were put together. */
  readonly value: number | null;
  /** Of the population of answers. */
  readonly standardDeviation: number | null;
  /** Several answers had the most behind them: which, and what decided; the one taken stands first. */
  readonly tie: {
    readonly between: readonly string[];
    readonly brokenBy: 'confidence' | 'seat_order';
  } | null;
  /** The seats whose answers are in it. */
  readonly cites: readonly string[];
}

/** What the answers come to without numbers, ties and citations of their own. */
const PLAIN = { value: null, standardDeviation: null, tie: null } as const;

/** Puts answers together, given in seat order; a synthesis was made by a turn of its own. */
export function aggregate(
  method: AggregationMethod,
  answers: readonly Answer[],
  synthesis: Contribution | undefined,
): Aggregate {
  if (answers.length === 0)
    return { ...PLAIN, answer: null, text: 'Every seat abstained: there is no answer.', cites: [] };
  switch (method) {
    case 'vote':
      return elected(answers, 'votes');
    case 'weighted':
      return answers.every(({ value }) => value !== null)
        ? averaged(answers, countedWeights(answers))
        : elected(answers, 'weight');
    case 'average':
      return averaged(answers);
    case 'concat':
      return { ...PLAIN, ...joined(answers), cites: slotsOf(answers) };
    case 'best_of': {
      const { choice, text, slot } = answers[bestOf(answers)]!;
      return { ...PLAIN, answer: choice, text, cites: [slot] };
    }
    case 'synthesis':
      return synthesised(synthesis);
  }
}

/** The answers as votes. Under `weighted` each counts by its weight and its confidence. */
export function votesOf(method: AggregationMethod, answers: readonly Answer[]): Vote[] {
  const counted =
    method === 'weighted' ? countedWeights(answers) : answers.map(({ weight }) => weight);
  return answers.flatMap(({ slot, sequence, position, confidence }, i) =>
    position === null ? [] : [{ slot, sequence, position, weight: counted[i]!, confidence }],
  );
}

const countedWeights = (answers: readonly Answer[]): number[] =>
  weightsByConfidence(
    answers,
    answers.map(({ weight }) => weight),
  );

const slotsOf = (answers: readonly Answer[]): string[] => answers.map(({ slot }) => slot);

function elected(answers: readonly Answer[], by: 'votes' | 'weight'): Aggregate {
  const votes = votesOf(by === 'weight' ? 'weighted' : 'vote', answers);
  const { position, tie } = mostCommon(votes, by);
  const choiceAt = (at: number): string =>
    answers.find((answer) => answer.position === at)?.choice ?? '';
  const holders = answers.filter((answer) => answer.position === position);
  return {
    ...PLAIN,
    answer: choiceAt(position),
    text: holders[bestOf(holders)]!.text,
    tie: tie && { ...tie, between: tie.between.map(choiceAt) },
    cites: slotsOf(holders),
  };
}

function averaged(answers: readonly Answer[], weights?: readonly number[]): Aggregate {
  const values = answers.map(({ value }) => value ?? 0);
  const { mean: value, standardDeviation } = meanOf(values, weights);
  const count = answers.length === 1 ? '1 answer' : `${answers.length} answers`;
  return {
    ...PLAIN,
    answer: String(value),
    text: `The mean of ${count} is ${value}, with a standard deviation of ${standardDeviation}.`,
    value,
    standardDeviation,
    cites: slotsOf(answers),
  };
}

function joined(answers: readonly Answer[]): { answer: string; text: string } {
  const text = answers
    .map(({ slot, name, text: own }) => `${name} (${slot}):\n${own}`)
    .join('\n\n');
  return { answer: text, text };
}

function synthesised(synthesis: Contribution | undefined): Aggregate {
  const cites = (synthesis?.output?.['cites'] ?? []) as readonly string[];
  const { choice = null, text = '' } = synthesis ?? {};
  return { ...PLAIN, answer: choice, text, cites: [...new Set(cites)] };
}
