/** How often an agent's judged contributions were good. */
export interface TrackRecord {
  readonly good: number;
  readonly judged: number;
}

/**
 * An agent's reliability: (good + 3) / (judged + 5), a Beta(3, 2) prior's mean (rule of succession). Without history
 * 0.6: a little better than chance, so that newcomers count.
 */
export const reliability = ({ good, judged }: TrackRecord): number => (good + 3) / (judged + 5);

/**
 * The weight of a voter who is right with probability `p`: ln(p / (1 − p)), the optimum for independent voters between
 * two positions (Nitzan and Paroush 1982, "Optimal decision rules in uncertain dichotomous choice situations").
 * `p` is held within 0.5–0.95: a coin says nothing (weight 0), and nobody outvotes everyone.
 */
export function automaticWeight(p: number): number {
  const held = Math.min(0.95, Math.max(0.5, p));
  return Math.log(held / (1 - held));
}

/** The weights as they count: where all are 0 nobody would decide, so all are equal. */
export function effectiveWeights(weights: readonly number[]): number[] {
  return weights.every((weight) => weight === 0) ? weights.map(() => 1) : [...weights];
}
