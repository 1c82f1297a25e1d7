import type { Vote } from '../contract/outcomes.ts';
import type { DebateConfig } from '../contract/topologies.schema.ts';
import type { ConsensusMethod } from './enums.ts';
import { effectiveWeights } from './weights.ts';

/** How much one position has behind it. */
export interface Standing {
  readonly position: number;
  readonly votes: number;
  /** Sum of the voters' weights; as heads where every weight is 0. */
  readonly weight: number;
}

/** Fewer valid votes than this are no vote at all (`no_quorum`). */
export const QUORUM = 2;

/**
 * Sums of weights carry rounding errors (0.1 + 0.2 is not 0.3). Two that differ by less than this share of all weight
 * are equal, so that a tie stays a tie. Heads are counted in integers and need no such care.
 */
export const WEIGHT_TOLERANCE = 1e-9;

/** The positions with their votes, strongest first: by weight under `weighted`, by heads otherwise; equal ones by position. */
export function tally(votes: readonly Vote[], method: ConsensusMethod): Standing[] {
  const weights = effectiveWeights(votes.map((vote) => vote.weight));
  const standings = new Map<number, Standing>();
  for (const [i, { position }] of votes.entries()) {
    const before = standings.get(position) ?? { position, votes: 0, weight: 0 };
    standings.set(position, {
      position,
      votes: before.votes + 1,
      weight: before.weight + weights[i]!,
    });
  }
  const size = sizeUnder(method);
  return [...standings.values()].toSorted((a, b) => size(b) - size(a) || a.position - b.position);
}

/**
 * Share of the largest group, 0 without votes. By heads it is the correctly rounded quotient of two integers, hence
 * equal to any threshold written as that fraction (2/3, 0.6), and `>=` is right where a threshold is hit exactly.
 */
export function agreement(votes: readonly Vote[], method: ConsensusMethod): number {
  const standings = tally(votes, method);
  const first = standings[0];
  if (!first) return 0;
  if (method !== 'weighted') return first.votes / votes.length;
  return Math.min(1, first.weight / total(standings));
}

/**
 * The position that the method finds in the votes, or null. `votes` in the order in which they came: `first_agree`
 * takes the first position that a second seat joins. A `mediator` does not count votes: always null.
 *
 * majority: more than half of the valid votes (Condorcet 1785: its voters need only be better than chance);
 * unanimous: all of them; weighted: more than half of the weight.
 */
export function decide(votes: readonly Vote[], method: ConsensusMethod): number | null {
  if (votes.length < QUORUM) return null;
  const standings = tally(votes, method);
  const first = standings[0]!;
  switch (method) {
    case 'majority':
      return 2 * first.votes > votes.length ? first.position : null;
    case 'unanimous':
      return standings.length === 1 ? first.position : null;
    case 'weighted': {
      const all = total(standings);
      return 2 * first.weight - all > WEIGHT_TOLERANCE * all ? first.position : null;
    }
    case 'first_agree':
      return firstShared(votes);
    case 'mediator':
      return null;
  }
}

/** Who decided, and for what. */
export interface Verdict {
  readonly decidedBy: 'method' | 'agreement';
  readonly position: number;
}

type Rules = Pick<
  DebateConfig,
  'consensusMethod' | 'convergenceThreshold' | 'allowEarlyTermination'
>;

/** Whether a debate ends after a round that is not its last one, without asking a mediator. */
export function endsEarly(votes: readonly Vote[], rules: Rules): Verdict | null {
  const verdict = settle(votes, rules);
  if (!verdict || rules.consensusMethod === 'first_agree') return verdict;
  return rules.allowEarlyTermination && isConverged(votes, rules) ? verdict : null;
}

/** What the votes of the last round come to without asking a mediator: the method's position, or under `mediator` enough agreement. */
export function settle(votes: readonly Vote[], rules: Rules): Verdict | null {
  if (rules.consensusMethod === 'mediator') {
    return isConverged(votes, rules)
      ? { decidedBy: 'agreement', position: tally(votes, 'mediator')[0]!.position }
      : null;
  }
  const position = decide(votes, rules.consensusMethod);
  return position === null ? null : { decidedBy: 'method', position };
}

/** Enough agreement on one position. A tie is none, however low the threshold. */
function isConverged(votes: readonly Vote[], rules: Rules): boolean {
  const { consensusMethod: method, convergenceThreshold: threshold } = rules;
  const standings = tally(votes, method);
  const [first, second] = standings;
  if (!first || votes.length < QUORUM) return false;
  const size = sizeUnder(method);
  const slack = method === 'weighted' ? WEIGHT_TOLERANCE : 0;
  const lead = size(first) - (second ? size(second) : 0);
  return lead > slack * total(standings) && agreement(votes, method) >= threshold - slack;
}

function firstShared(votes: readonly Vote[]): number | null {
  const held = new Set<number>();
  for (const { position } of votes) {
    if (held.has(position)) return position;
    held.add(position);
  }
  return null;
}

const sizeUnder =
  (method: ConsensusMethod) =>
  (standing: Standing): number =>
    method === 'weighted' ? standing.weight : standing.votes;

const total = (standings: readonly Standing[]): number =>
  standings.reduce((sum, { weight }) => sum + weight, 0);
