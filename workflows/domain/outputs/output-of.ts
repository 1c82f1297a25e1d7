import type { Plan } from '../../contract/plans.ts';
import type { Outcome } from '../../contract/outcomes.ts';
import type { Contribution } from './contribution.ts';
import { debateOutput } from './debate-output.ts';
import { pipelineOutput } from './pipeline-output.ts';
import { soloOutput } from './solo-output.ts';

/** What an output is made from beside the outcome. */
export interface Sources {
  readonly plan: Plan;
  /** The messages of `sequencesOf(outcome)`, in their order. */
  readonly said: readonly Contribution[];
}

/** The messages whose words an outcome is put into. */
export function sequencesOf(outcome: Outcome): readonly number[] {
  switch (outcome.kind) {
    case 'answer':
      return [outcome.sequence];
    case 'debate': {
      const votes = outcome.votes.map(({ sequence }) => sequence);
      return outcome.mediatorSequence === null ? votes : [...votes, outcome.mediatorSequence];
    }
    case 'pipeline':
      return outcome.stages.map(({ sequence }) => sequence);
  }
}

/** `output` of an execution, as `GET /executions/:id` shows it. A new topology adds its lines here and above. */
export function outputOf(outcome: Outcome, { said }: Sources): Record<string, unknown> {
  switch (outcome.kind) {
    case 'answer':
      return soloOutput(said[0]);
    case 'debate':
      return { ...debateOutput(outcome, said) };
    case 'pipeline':
      return { ...pipelineOutput(outcome, said) };
  }
}
