import { expect, test } from 'vitest';
import type { ChainOutcome, ChainPiece } from '../../../workflows/contract/outcomes.ts';
import { chainOutput, chainSequences } from '../../../workflows/domain/outputs/chain-output.ts';
import type { Contribution } from '../../../workflows/domain/outputs/contribution.ts';

const said = (sequence: number, changes: Partial<Contribution> = {}): Contribution => ({
  sequence,
  slot: 'worker',
  name: 'bob',
  weight: 1,
  choice: null,
  confidence: 0.3,
  reasoning: null,
  text: `text of ${sequence}`,
  output: null,
  ...changes,
});
const piece = (changes: Partial<ChainPiece>): ChainPiece => ({
  plan: 1,
  part: 0,
  slot: 'worker',
  by: 'worker',
  status: 'reported',
  report: 2,
  confidence: 0.9,
  overruled: null,
  failure: null,
  ...changes,
});
const outcome = (...pieces: ChainPiece[]): ChainOutcome => ({
  kind: 'chain',
  sequence: 9,
  confidence: 0.4,
  escalated: true,
  rounds: 4,
  pieces,
});
const AGENTS = new Map([
  ['worker', 'bob'],
  ['chief', 'ada'],
]);
const PLAN = said(1, { output: { plan: [{ title: 'Food', task: 'Find it.' }] } });
const taken = { by: 'chief', status: 'taken_over', report: 5 } as const;

test('the choice is the answer where there is one, the text otherwise', () => {
  const chosen = chainOutput(outcome(), [said(9, { choice: 'yes' })], AGENTS);
  const written = chainOutput(outcome(), [said(9)], AGENTS);

  expect(chosen).toMatchObject({
    answer: 'yes',
    text: 'text of 9',
    escalated: true,
    confidence: 0.4,
  });
  expect(written).toMatchObject({ answer: 'text of 9', contributions: [], dissent: [] });
});

test('who was taken over dissents, with what it had said, or why it said nothing', () => {
  const { contributions, dissent } = chainOutput(
    outcome(piece({ ...taken, overruled: 3 }), piece({ ...taken, failure: 'model_refused' })),
    [PLAN, said(3), said(5, { slot: 'chief', name: 'ada' }), said(9)],
    AGENTS,
  );

  expect(contributions[0]).toEqual({
    slot: 'chief',
    agent: 'ada',
    part: 'Food',
    status: 'taken_over',
    text: 'text of 5',
    confidence: 0.9,
  });
  expect(dissent.map(({ agent, text, reasoning }) => [agent, text, reasoning])).toEqual([
    ['bob', 'text of 3', 'Taken over by chief: the report was only 30 % sure.'],
    ['bob', null, 'Taken over by chief: no answer (model_refused).'],
  ]);
});

test('a part that nobody did in the end is shown as failed', () => {
  const failed = piece({
    status: 'failed',
    report: null,
    confidence: null,
    failure: 'invalid_output',
  });

  const { contributions, dissent } = chainOutput(outcome(failed), [PLAN, said(9)], AGENTS);

  expect(contributions).toMatchObject([{ part: 'Food', status: 'failed', text: null }]);
  expect(dissent).toEqual([]);
});

test('the words of plans, reports and overruled reports are needed, each once', () => {
  const pieces = [piece({}), piece({ ...taken, part: 1, overruled: 3 })];

  expect(chainSequences(outcome(...pieces))).toEqual([9, 1, 2, 5, 3]);
});
