import type { Contribution } from './contribution.ts';

/** `output` of a single agent. */
export const soloOutput = (answer: Contribution | undefined) => ({
  answer: answer?.choice ?? answer?.text ?? null,
  text: answer?.text ?? '',
  confidence: answer?.confidence ?? null,
  reasoning: answer?.reasoning ?? null,
});
