import type { Plan } from '../../contract/plans.ts';
import type { Outcome } from '../../contract/outcomes.ts';
import { type ChildResult, compoundOutput } from './compound-output.ts';
import type { Contribution } from './contribution.ts';
import { debateOutput } from './debate-output.ts';
import { pipelineOutput } from './pipeline-output.ts';
import { soloOutput } from './solo-output.ts';

/** What an output is made from beside the outcome. */
export interface Sources {
  readonly plan: Plan;
  /** The messages of `sequencesOf(outcome)`, in their order. */
  readonly said: readonly Contribution[];
  /** The children of a compound. */
  readonly children: readonly ChildResult[];
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
    case 'compound':
      return outcome.synthesisSequence === null ? [] : [outcome.synthesisSequence];
    case 'pipeline':
      return outcome.stages.map(({ sequence }) => sequence);
  }
}

/** `output` of an execution, as `GET /executions/:id` shows it. A new topology adds its lines here and above. */
export function outputOf(
  outcome: Outcome,
  { plan, said, children }: Sources,
): Record<string, unknown> {
  switch (outcome.kind) {
    case 'answer':
      return soloOutput(said[0]);
    case 'debate':
      return { ...debateOutput(outcome, said) };
    case 'compound':
      if (plan.workflow !== 'compound') throw new Error(`a ${plan.workflow} ended as a compound`);
      return { ...compoundOutput(outcome, plan, children, said) };
    case 'pipeline':
      return { ...pipelineOutput(outcome, said) };
  }
}
