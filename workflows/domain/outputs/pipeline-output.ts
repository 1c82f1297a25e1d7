import type { PipelineOutcome } from '../../contract/outcomes.ts';
import type { Contribution } from './contribution.ts';

/** `output` of a pipeline, as `GET /executions/:id` shows it: what the last stage made, and each stage before it. */
export interface PipelineOutput {
  /** The option that the last stage chose, where there are options; null where it chose none. Else its text. */
  readonly answer: string | null;
  readonly text: string;
  readonly method: 'pipeline';
  readonly stages: readonly {
    readonly stage: string;
    readonly agent: string;
    readonly text: string;
    /** How often it was tried. */
    readonly attempts: number;
    readonly confidence: number | null;
  }[];
  /** How many stages there were. */
  readonly rounds: number;
  /** Nobody in a pipeline is asked whether they agree. */
  readonly dissent: readonly never[];
}

/** Puts the words to a pipeline that went through. `said`: the messages of its stages. */
export function pipelineOutput(
  { stages }: PipelineOutcome,
  said: readonly Contribution[],
): PipelineOutput {
  const bySequence = new Map(said.map((contribution) => [contribution.sequence, contribution]));
  const last = bySequence.get(stages.at(-1)!.sequence);
  const mayAbstain = last?.output != null;
  return {
    answer: last?.choice ?? (mayAbstain ? null : (last?.text ?? null)),
    text: last?.text ?? '',
    method: 'pipeline',
    stages: stages.map(({ slot, sequence, attempts }) => ({
      stage: slot,
      agent: bySequence.get(sequence)?.name ?? slot,
      text: bySequence.get(sequence)?.text ?? '',
      attempts,
      confidence: bySequence.get(sequence)?.confidence ?? null,
    })),
    rounds: stages.length,
    dissent: [],
  };
}
