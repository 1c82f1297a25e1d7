import { expect, test } from 'vitest';
import type { Contribution } from '../../../workflows/domain/outputs/contribution.ts';
import { pipelineOutput } from '../../../workflows/domain/outputs/pipeline-output.ts';

const said = (sequence: number, changes: Partial<Contribution> = {}): Contribution => ({
  sequence,
  slot: `slot_${sequence}`,
  name: `agent-${sequence}`,
  choice: null,
  confidence: null,
  reasoning: null,
  text: `Text of ${sequence}.`,
  weight: 1,
  output: null,
  ...changes,
});
const outcome = {
  kind: 'pipeline',
  stages: [
    { slot: 'draft', sequence: 1, attempts: 1 },
    { slot: 'decide', sequence: 4, attempts: 3 },
  ],
} as const;

test('the last stage is the answer, and every stage is shown', () => {
  expect(pipelineOutput(outcome, [said(1), said(4)])).toEqual({
    answer: 'Text of 4.',
    text: 'Text of 4.',
    method: 'pipeline',
    rounds: 2,
    dissent: [],
    stages: [
      { stage: 'draft', agent: 'agent-1', text: 'Text of 1.', attempts: 1, confidence: null },
      { stage: 'decide', agent: 'agent-4', text: 'Text of 4.', attempts: 3, confidence: null },
    ],
  });
});

test('where the last stage chose an option that is the answer; where it abstained there is none', () => {
  const chose = said(4, { choice: 'yes', confidence: 0.7, output: { choice: 'yes' } });
  const abstained = said(4, { output: { abstain: true } });

  expect(pipelineOutput(outcome, [said(1), chose])).toMatchObject({
    answer: 'yes',
    text: 'Text of 4.',
    stages: [{ confidence: null }, { confidence: 0.7 }],
  });
  expect(pipelineOutput(outcome, [said(1), abstained])).toMatchObject({ answer: null });
});
