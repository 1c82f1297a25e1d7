import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { approval, approvalMethod } from '../../workflows/domain/approval.ts';
import { CONSENSUS_METHODS, type ConsensusMethod } from '../../workflows/domain/enums.ts';
import { votesFor } from './votes.ts';

const [APPROVE, REJECT] = [0, 1];
const rules = (consensusMethod: ConsensusMethod, requireUnanimousForApproval = false) => ({
  consensusMethod,
  requireUnanimousForApproval,
});

test.for<[ConsensusMethod, number[], string | null]>([
  ['majority', [APPROVE, APPROVE, REJECT], 'approve'],
  ['majority', [APPROVE, REJECT, REJECT], 'reject'],
  ['majority', [APPROVE, REJECT], null],
  ['unanimous', [APPROVE, APPROVE, REJECT], null],
  ['unanimous', [REJECT, REJECT], 'reject'],
  ['first_agree', [APPROVE, REJECT, REJECT, APPROVE], 'reject'],
  ['mediator', [APPROVE, APPROVE], null],
])('%s of %j: %s', ([method, positions, verdict]) => {
  expect(approval(votesFor(positions), rules(method))).toBe(verdict);
});

test('by weight, and a tie of weights is no decision', () => {
  const positions = [APPROVE, REJECT, REJECT];

  expect(approval(votesFor(positions, [3, 1, 1]), rules('weighted'))).toBe('approve');
  expect(approval(votesFor(positions, [0.3, 0.1, 0.2]), rules('weighted'))).toBeNull();
});

test('where unanimity is required every method approves only what all approve, else rejects', () => {
  const checkers = fc.array(fc.constantFrom(APPROVE, REJECT), { minLength: 2, maxLength: 10 });
  fc.assert(
    fc.property(checkers, fc.constantFrom(...CONSENSUS_METHODS), (positions, method) => {
      const strict = rules(method, true);

      expect(approval(votesFor(positions), strict)).toBe(
        positions.every((position) => position === APPROVE) ? 'approve' : 'reject',
      );
      expect(approvalMethod(strict)).toBe('unanimous');
    }),
  );
});
