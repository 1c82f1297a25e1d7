import type { Vote } from '../contract/outcomes.ts';
import type { CrosscheckPlan } from '../contract/plans.ts';
import { decide } from './consensus.ts';
import { CROSSCHECK_VERDICTS, type ConsensusMethod, type CrosscheckVerdict } from './enums.ts';

type Rules = Pick<CrosscheckPlan['config'], 'consensusMethod' | 'requireUnanimousForApproval'>;

/** How the verdicts of a crosscheck are counted. */
export const approvalMethod = (rules: Rules): ConsensusMethod =>
  rules.requireUnanimousForApproval ? 'unanimous' : rules.consensusMethod;

/**
 * What the verdicts come to; null: no decision, a tie for instance. Votes are positions in `CROSSCHECK_VERDICTS`. Where
 * unanimity is required for approval, one that rejects is enough to reject.
 */
export function approval(votes: readonly Vote[], rules: Rules): CrosscheckVerdict | null {
  const position = decide(votes, approvalMethod(rules));
  if (position !== null) return CROSSCHECK_VERDICTS[position] ?? null;
  return rules.requireUnanimousForApproval ? 'reject' : null;
}
