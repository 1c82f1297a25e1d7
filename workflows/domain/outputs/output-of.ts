import type { ExecutionInput } from '../../contract/executions.schema.ts';
import type { Outcome, Vote } from '../../contract/outcomes.ts';
import type { Plan } from '../../contract/plans.ts';
import type { Contribution } from './contribution.ts';
import { crosscheckOutput } from './crosscheck-output.ts';
import { debateOutput } from './debate-output.ts';
import { ensembleOutput } from './ensemble-output.ts';
import { soloOutput } from './solo-output.ts';

/** What an output is made from beside the outcome. */
export interface Sources {
  readonly plan: Plan;
  readonly input: ExecutionInput;
  /** The messages of `sequencesOf(outcome)`, in their order. */
  readonly said: readonly Contribution[];
}

/** The messages whose words an outcome is put into. */
export function sequencesOf(outcome: Outcome): readonly number[] {
  switch (outcome.kind) {
    case 'answer':
      return [outcome.sequence];
    case 'debate':
      return [...votesOf(outcome), ...placed(outcome.mediatorSequence)];
    case 'crosscheck':
      return [
        ...votesOf(outcome),
        ...placed(outcome.mediatorSequence),
        ...placed(outcome.artifactSequence),
      ];
    case 'ensemble':
      return [...outcome.sequences, ...placed(outcome.synthesisSequence)];
  }
}

const votesOf = ({ votes }: { readonly votes: readonly Vote[] }): number[] =>
  votes.map(({ sequence }) => sequence);

const placed = (sequence: number | null): number[] => (sequence === null ? [] : [sequence]);

/** `output` of an execution, as `GET /executions/:id` shows it. A new topology adds its lines here and above. */
export function outputOf(
  outcome: Outcome,
  { plan, input, said }: Sources,
): Record<string, unknown> {
  switch (outcome.kind) {
    case 'answer':
      return soloOutput(said[0]);
    case 'debate':
      return { ...debateOutput(outcome, said) };
    case 'crosscheck':
      return { ...crosscheckOutput(outcome, input, said) };
    case 'ensemble': {
      if (plan.workflow !== 'ensemble') throw new Error(`an ensemble ended a ${plan.workflow}`);
      return { ...ensembleOutput(outcome, plan, input, said) };
    }
  }
}
