import type { Vote } from '../contract/outcomes.ts';
import { type Standing, WEIGHT_TOLERANCE, tally } from './consensus.ts';
import { meanSimilarities } from './similarity.ts';
import { effectiveWeights } from './weights.ts';

/** What of an answer decides how much it counts. */
export interface Weighable {
  readonly weight: number;
  readonly confidence: number | null;
  readonly text: string;
}

/**
 * Each answer's weight: its seat's, times (1 − d) + d × (1 − its mean similarity to the others). `diversity` d, 0 to 1:
 * at 0 it makes no difference how alike the answers are, at 1 one that says what all say has no weight of its own.
 */
export function contributionWeights(answers: readonly Weighable[], diversity: number): number[] {
  const similarities = diversity === 0 ? [] : meanSimilarities(answers.map(({ text }) => text));
  return answers.map(
    ({ weight }, i) => weight * (1 - diversity + diversity * (1 - (similarities[i] ?? 0))),
  );
}

/** How much each answer counts under `weighted`: its weight by its confidence; all the same where that leaves nothing. */
export const weightsByConfidence = (
  answers: readonly Pick<Weighable, 'confidence'>[],
  weights: readonly number[],
): number[] =>
  effectiveWeights(answers.map(({ confidence }, i) => weights[i]! * (confidence ?? 0)));

/** Several positions had the most behind them: which, and what decided. */
export interface Tie {
  /** The position that was taken first. */
  readonly between: readonly number[];
  readonly brokenBy: 'confidence' | 'seat_order';
}

/**
 * The position with the most votes (or the most weight) behind it. A tie is broken by the sum of confidence, then by the
 * first seat. `votes` in seat order, at least one.
 */
export function mostCommon(
  votes: readonly Vote[],
  by: 'votes' | 'weight',
): { readonly position: number; readonly tie: Tie | null } {
  const standings = tally(votes, by === 'weight' ? 'weighted' : 'majority');
  const leading = strongest(standings, (standing) => standing[by]);
  if (leading.length === 1) return { position: leading[0]!.position, tie: null };
  const sure = strongest(leading, ({ position }) => confidenceIn(votes, position));
  const { position } = votes.find((vote) => sure.some((each) => each.position === vote.position))!;
  const others = leading.map((each) => each.position).filter((each) => each !== position);
  const brokenBy = sure.length === 1 ? 'confidence' : 'seat_order';
  return { position, tie: { between: [position, ...others], brokenBy } };
}

/** Those with the greatest size. Sums carry rounding errors: what differs by less than that is equal. */
function strongest(
  standings: readonly Standing[],
  sizeOf: (standing: Standing) => number,
): readonly Standing[] {
  const most = Math.max(...standings.map(sizeOf));
  return standings.filter((standing) => most - sizeOf(standing) <= WEIGHT_TOLERANCE * most);
}

const confidenceIn = (votes: readonly Vote[], position: number): number =>
  votes
    .filter((vote) => vote.position === position)
    .reduce((sum, { confidence }) => sum + (confidence ?? 0), 0);

/**
 * Mean and standard deviation of a whole population of numbers, each counted by its weight; at least one of each. Without
 * the rounding errors of sums: 0.2, not 0.20000000000000004.
 */
export function meanOf(
  values: readonly number[],
  weights: readonly number[] = values.map(() => 1),
): { readonly mean: number; readonly standardDeviation: number } {
  const all = sumOf(weights);
  // From the first value on: what is the same in all of them takes no part in the rounding.
  const first = values[0]!;
  const exact = first + sumOf(values.map((value, i) => ((value - first) * weights[i]!) / all));
  const mean = values.includes(exact) ? exact : withoutNoise(exact);
  const variance = sumOf(values.map((value, i) => (weights[i]! / all) * (value - mean) ** 2));
  return { mean, standardDeviation: withoutNoise(Math.sqrt(variance)) };
}

/** A double holds 15 decimal digits of any number, and all of a whole one. */
const withoutNoise = (number: number): number =>
  Number.isInteger(number) ? number : Number(number.toPrecision(15));

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0);

/** The surest answer's place; of equally sure ones that of the most reliable seat, then of the first. -1: there is none. */
export function bestOf(
  answers: readonly { readonly confidence: number | null; readonly reliability: number }[],
): number {
  let best = -1;
  for (const [i, { confidence, reliability }] of answers.entries()) {
    const champion = answers[best];
    const lead =
      (confidence ?? 0) - (champion?.confidence ?? 0) || reliability - (champion?.reliability ?? 0);
    if (!champion || lead > 0) best = i;
  }
  return best;
}
