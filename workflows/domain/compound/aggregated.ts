import type { Vote } from '../../contract/outcomes.ts';
import { bestOf, meanOf, mostCommon, weightsByConfidence } from '../aggregation.ts';
import type { AggregationMethod } from '../enums.ts';
import type { ChildResult, Composed } from '../outputs/compound-output.ts';
import type { Contribution } from '../outputs/contribution.ts';
import { groupEqual } from '../positions.ts';
import { resultText } from './inputs.ts';
import { confidenceOf, numberOf } from './results.ts';

/** What a child says for itself. */
interface Answered {
  readonly slot: string;
  readonly answer: string;
  readonly text: string;
  readonly value: number | null;
  readonly confidence: number | null;
}

/** Puts the outputs of parallel children together. Each counts the same, under `weighted` as much as it is sure. */
export function aggregated(
  method: AggregationMethod,
  completed: readonly ChildResult[],
  synthesis: Contribution | undefined,
): Composed {
  if (method === 'concat') return concatenated(completed);
  const answers = completed.flatMap(answered);
  if (method === 'synthesis') return synthesized(synthesis, answers);
  if (answers.length === 0) return SILENCE;
  const numbers = answers.flatMap(({ value }) => value ?? []);
  const areNumbers = numbers.length === answers.length;
  if (method === 'best_of') return best(answers);
  if (method === 'average') return mean(numbers);
  if (method === 'weighted' && areNumbers) return mean(numbers, byConfidence(answers));
  return voted(answers, method === 'weighted' ? 'weight' : 'votes');
}

const SILENCE: Composed = { answer: null, text: 'No child gave an answer.', dissent: [] };

function answered({ name, output }: ChildResult): Answered[] {
  const value = numberOf(output);
  const said = output?.['answer'] ?? value?.toString();
  if (typeof said !== 'string') return [];
  const words = typeof output?.['text'] === 'string' ? output['text'] : said;
  return [{ slot: name, answer: said, text: words, value, confidence: confidenceOf(output) }];
}

function concatenated(completed: readonly ChildResult[]): Composed {
  const text = completed
    .map(({ name, output }) => `${name}:\n${resultText(output ?? {})}`)
    .join('\n\n');
  return { answer: text, text, dissent: [] };
}

const synthesized = (
  synthesis: Contribution | undefined,
  answers: readonly Answered[],
): Composed => {
  const answer = synthesis?.choice ?? synthesis?.text ?? null;
  const isChoice = answers.some((each) => each.answer === answer);
  return {
    answer,
    text: synthesis?.text ?? '',
    dissent: isChoice ? others(answers, answer ?? '') : [],
  };
};

function best(answers: readonly Answered[]): Composed {
  const equal = answers.map(({ confidence }) => ({ confidence, reliability: 1 }));
  const { answer, text } = answers[bestOf(equal)]!;
  return { answer, text, dissent: others(answers, answer) };
}

function mean(numbers: readonly number[], weights?: readonly number[]): Composed {
  const { mean: value, standardDeviation } = meanOf(numbers, weights);
  const answer = String(value);
  const text = `The mean of ${numbers.length} answers is ${answer}.`;
  return { answer, text, value, standardDeviation, dissent: [] };
}

function voted(answers: readonly Answered[], by: 'votes' | 'weight'): Composed {
  const groups = groupEqual(answers.map(({ answer }) => answer));
  const weights = by === 'weight' ? byConfidence(answers) : answers.map(() => 1);
  const votes = answers.map(({ slot, confidence }, i): Vote => {
    return { slot, sequence: i, position: groups[i]!, weight: weights[i]!, confidence };
  });
  const { position } = mostCommon(votes, by);
  const { answer } = answers[groups.indexOf(position)]!;
  const held = answers.filter((_, i) => groups[i] === position);
  const { text } = held.toSorted((a, b) => (b.confidence ?? 0) - (a.confidence ?? 0))[0]!;
  const dissent = answers.filter((_, i) => groups[i] !== position).map(dissenter);
  return { answer, text, dissent };
}

/** One that does not say how sure it is counts as much as one that is. */
const byConfidence = (answers: readonly Answered[]): number[] =>
  weightsByConfidence(
    answers.map(({ confidence }) => ({ confidence: confidence ?? 1 })),
    answers.map(() => 1),
  );

const others = (answers: readonly Answered[], answer: string): Composed['dissent'] =>
  answers.filter((each) => each.answer !== answer).map(dissenter);

const dissenter = ({ slot, answer }: Answered) => ({ slot, answer });
