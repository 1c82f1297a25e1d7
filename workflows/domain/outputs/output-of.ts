import type { Definition } from '../../contract/definition.ts';
import type { ExecutionInput } from '../../contract/executions.schema.ts';
import type { Outcome, Vote } from '../../contract/outcomes.ts';
import { chainOutput, chainSequences } from './chain-output.ts';
import { type ChildResult, compoundOutput } from './compound-output.ts';
import type { Contribution } from './contribution.ts';
import { crosscheckOutput } from './crosscheck-output.ts';
import { debateOutput } from './debate-output.ts';
import { delegationOutput, delegationSequences } from './delegation-output.ts';
import { ensembleOutput } from './ensemble-output.ts';
import { pipelineOutput } from './pipeline-output.ts';
import { soloOutput } from './solo-output.ts';

/** What an output is made from beside the outcome. */
export interface Sources {
  readonly definition: Definition;
  readonly input: ExecutionInput;
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
    case 'debate':
      return [...votesOf(outcome), ...placed(outcome.mediatorSequence)];
    case 'chain':
      return chainSequences(outcome);
    case 'delegation':
      return delegationSequences(outcome);
    case 'crosscheck':
      return [
        ...votesOf(outcome),
        ...placed(outcome.mediatorSequence),
        ...placed(outcome.artifactSequence),
      ];
    case 'ensemble':
      return [...outcome.sequences, ...placed(outcome.synthesisSequence)];
    case 'compound':
      return outcome.synthesisSequence === null ? [] : [outcome.synthesisSequence];
    case 'pipeline':
      return outcome.stages.map(({ sequence }) => sequence);
  }
}

const votesOf = ({ votes }: { readonly votes: readonly Vote[] }): number[] =>
  votes.map(({ sequence }) => sequence);

const placed = (sequence: number | null): number[] => (sequence === null ? [] : [sequence]);

/** `output` of an execution, as `GET /executions/:id` shows it. A new topology adds its lines here and above. */
export function outputOf(
  outcome: Outcome,
  { definition, input, said, children }: Sources,
): Record<string, unknown> {
  const agents = new Map(definition.seats.map(({ slot, agent }) => [slot, agent.name]));
  switch (outcome.kind) {
    case 'answer':
      return soloOutput(said[0]);
    case 'debate':
      return { ...debateOutput(outcome, said) };
    case 'chain':
      return { ...chainOutput(outcome, said, agents) };
    case 'delegation':
      return { ...delegationOutput(outcome, input, said, agents) };
    case 'crosscheck':
      return { ...crosscheckOutput(outcome, input, said) };
    case 'ensemble': {
      if (definition.workflow !== 'ensemble')
        throw new Error(`an ensemble ended a ${definition.workflow}`);
      return { ...ensembleOutput(outcome, definition, input, said) };
    }
    case 'compound':
      return { ...compoundOutput(outcome, definition, children, said) };
    case 'pipeline':
      return { ...pipelineOutput(outcome, said) };
  }
}
