import { expect, test } from 'vitest';
import type { CrosscheckOutcome } from '../../../workflows/contract/outcomes.ts';
import type { Contribution } from '../../../workflows/domain/outputs/contribution.ts';
import { crosscheckOutput } from '../../../workflows/domain/outputs/crosscheck-output.ts';

const leak = { severity: 'critical', place: 'line 3', text: 'It leaks.' };
const typo = { severity: 'minor', place: '', text: 'A typo.' };
const said = (
  sequence: number,
  slot: string,
  choice: string | null,
  findings: readonly object[] = [],
): Contribution => ({
  sequence,
  slot,
  name: `agent of ${slot}`,
  choice,
  confidence: sequence / 10,
  weight: 1,
  reasoning: `because of ${sequence}`,
  text: `text of ${sequence}`,
  output: { findings },
});
const vote = (slot: string, sequence: number, position: number) => ({
  slot,
  sequence,
  position,
  weight: 1,
  confidence: sequence / 10,
});
const rejected: CrosscheckOutcome = {
  kind: 'crosscheck',
  method: 'majority',
  decidedBy: 'method',
  converged: true,
  rounds: 2,
  agreement: 2 / 3,
  verdict: 'reject',
  artifactSequence: 4,
  mediatorSequence: null,
  votes: [vote('checker_1', 5, 1), vote('checker_2', 6, 0), vote('checker_3', 7, 1)],
};
const SAID = [
  said(4, 'producer', null),
  said(5, 'checker_1', 'reject', [leak, typo]),
  said(6, 'checker_2', 'approve'),
  said(7, 'checker_3', 'reject', [leak]),
];

test('says what was decided on which version, what was found by whom, and who disagreed', () => {
  const output = crosscheckOutput(rejected, { task: 'Write it.' }, SAID);

  expect(output).toMatchObject({
    answer: 'reject',
    approved: false,
    text: 'text of 7',
    artifact: 'text of 4',
    findings: [
      { slot: 'checker_1', ...leak },
      { slot: 'checker_1', ...typo },
      { slot: 'checker_3', ...leak },
    ],
    revisions: 1,
    votes: [
      { slot: 'checker_1', agent: 'agent of checker_1', choice: 'reject' },
      { slot: 'checker_2', choice: 'approve' },
      { slot: 'checker_3', choice: 'reject' },
    ],
    dissent: [{ slot: 'checker_2', choice: 'approve', reasoning: 'because of 6' }],
    standings: [
      { choice: 'reject', votes: 2, weight: 2 },
      { choice: 'approve', votes: 1, weight: 1 },
    ],
  });
});

test('the artifact is the one that was given where nobody made another', () => {
  const outcome = { ...rejected, artifactSequence: null, verdict: 'approve' as const };

  expect(crosscheckOutput(outcome, { artifact: 'As given.' }, SAID)).toMatchObject({
    artifact: 'As given.',
    approved: true,
  });
});

test('a mediator’s ruling is told in its own words', () => {
  const outcome = { ...rejected, mediatorSequence: 8, verdict: 'approve' as const };

  const output = crosscheckOutput(outcome, {}, [...SAID, said(8, 'mediator', 'approve')]);

  expect(output.text).toBe('text of 8');
  expect(output.dissent.map(({ slot }) => slot)).toEqual(['checker_1', 'checker_3']);
});

test('no decision is not approved, nobody disagrees with it, and the standings are told', () => {
  const outcome = { ...rejected, verdict: null, votes: rejected.votes.slice(0, 2) };

  expect(crosscheckOutput(outcome, {}, SAID)).toMatchObject({
    answer: null,
    approved: false,
    dissent: [],
    text: 'The checkers came to no decision: reject (1), approve (1).',
  });
});
