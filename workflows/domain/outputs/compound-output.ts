import type { ExecutionWorkflow } from '../../contract/names.ts';
import type { CompoundOutcome } from '../../contract/outcomes.ts';
import type { CompoundPlan, Plan } from '../../contract/plans.ts';
import { aggregated } from '../compound/aggregated.ts';
import { resultText } from '../compound/inputs.ts';
import { confidenceOf } from '../compound/results.ts';
import type { ExecutionState } from '../enums.ts';
import type { Contribution } from './contribution.ts';

/** A child of a compound when its parent's output is written. */
export interface ChildResult {
  readonly name: string;
  readonly executionId: string;
  readonly type: ExecutionWorkflow;
  readonly state: ExecutionState;
  readonly output: Readonly<Record<string, unknown>> | null;
}

/** What a child brought in, as the output shows it. */
interface ShownChild {
  readonly slot: string;
  readonly executionId: string;
  readonly type: ExecutionWorkflow;
  readonly answer: string | null;
  readonly text: string;
  readonly confidence: number | null;
  /** Why it counts as failed. */
  readonly failure: string | null;
}

/** Where the answer comes from, and who holds another one. */
export interface Composed {
  readonly answer: string | null;
  readonly text: string;
  readonly value?: number;
  readonly standardDeviation?: number;
  /** Children whose answer is another one. */
  readonly dissent: readonly { readonly slot: string; readonly answer: string }[];
}

/** `output` of a compound, as `GET /executions/:id` shows it. */
export interface CompoundOutput extends Composed {
  /** `sequential`, `conditional`, or how parallel outputs were put together. */
  readonly method: string;
  /** Of a conditional: the branch that was taken; null: none was. */
  readonly branch?: string | null;
  /** Those that took part, in their order. */
  readonly children: readonly ShownChild[];
  /** How many children took place one after the other; parallel ones count as one. */
  readonly rounds: number;
}

/** Puts the words to a compound that went through. `said`: the synthesizer's message, where there is one. */
export function compoundOutput(
  outcome: CompoundOutcome,
  plan: Plan,
  children: readonly ChildResult[],
  said: readonly Contribution[],
): CompoundOutput {
  if (plan.workflow !== 'compound') throw new Error(`a ${plan.workflow} ended as a compound`);
  const { config } = plan;
  const { compositionType, aggregationMethod } = config;
  const { parts, branch } = outcome;
  const isParallel = compositionType === 'parallel';
  const completed = parts.flatMap(({ name, code }) =>
    code === null ? children.filter((child) => child.name === name) : [],
  );
  return {
    ...composed(outcome, config, completed, said[0]),
    method: isParallel ? aggregationMethod : compositionType,
    ...(compositionType === 'conditional' && { branch }),
    children: parts.flatMap(({ name, code }) =>
      children.filter((child) => child.name === name).map((child) => shown(child, code)),
    ),
    rounds: isParallel ? 1 : parts.length,
  };
}

function composed(
  { branch }: CompoundOutcome,
  config: CompoundPlan['config'],
  completed: readonly ChildResult[],
  synthesis: Contribution | undefined,
): Composed {
  switch (config.compositionType) {
    case 'parallel':
      return aggregated(config.aggregationMethod, completed, synthesis);
    case 'sequential':
      return ofChild(completed.at(-1));
    case 'conditional':
      return branch === null ? UNDECIDED : ofChild(completed.at(-1));
  }
}

const UNDECIDED: Composed = {
  answer: null,
  text: 'No condition held, and there is no default: no branch was taken.',
  dissent: [],
};

/** What the last child came to is what the whole came to. */
function ofChild(child: ChildResult | undefined): Composed {
  const { answer, text, value } = child?.output ?? {};
  return {
    answer: typeof answer === 'string' ? answer : null,
    text: typeof text === 'string' ? text : '',
    ...(typeof value === 'number' && { value }),
    dissent: [],
  };
}

const shown = (
  { name, executionId, type, output }: ChildResult,
  failure: string | null,
): ShownChild => ({
  slot: name,
  executionId,
  type,
  answer: typeof output?.['answer'] === 'string' ? output['answer'] : null,
  text: output ? resultText(output) : '',
  confidence: confidenceOf(output),
  failure,
});
