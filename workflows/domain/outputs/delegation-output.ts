import type { ExecutionInput } from '../../contract/executions.schema.ts';
import type { DelegationOutcome } from '../../contract/outcomes.ts';
import { itemsOf, planOf } from '../plan-parts.ts';
import type { Contribution } from './contribution.ts';

/** `output` of a delegation, as `GET /executions/:id` shows it. */
export interface DelegationOutput {
  readonly answer: string | null;
  readonly text: string;
  /** The routing strategy that was used. */
  readonly method: DelegationOutcome['method'];
  readonly rounds: number;
  /** The coordinator's, 0 to 1. */
  readonly confidence: number;
  /** Who was given what, repeats included. `item`: its id in the input, or its title in the plan. */
  readonly assignments: readonly {
    readonly item: string;
    readonly slot: string;
    /** Coverage × mean proficiency, 0 to 1. */
    readonly score: number;
  }[];
  readonly contributions: readonly {
    readonly slot: string;
    readonly agent: string;
    readonly item: string;
    readonly status: 'reported' | 'failed';
    readonly text: string | null;
    readonly confidence: number | null;
    readonly failureCode: string | null;
  }[];
  readonly dissent: readonly never[];
}

/** The messages whose words a delegation's outcome is put into. */
export const delegationSequences = (outcome: DelegationOutcome): readonly number[] => [
  outcome.sequence,
  ...(outcome.plan === null ? [] : [outcome.plan]),
  ...outcome.assignments.flatMap(({ sequence, failure }) => (failure === null ? sequence : [])),
];

/** Puts the words to how a delegation ended. `said`: the messages of `delegationSequences`; `agents`: their names by slot. */
export function delegationOutput(
  outcome: DelegationOutcome,
  input: ExecutionInput,
  said: readonly Contribution[],
  agents: ReadonlyMap<string, string>,
): DelegationOutput {
  const messages = new Map(said.map((message) => [message.sequence, message]));
  const { plan, assignments } = outcome;
  const items = plan === null ? itemsOf(input) : planOf(messages.get(plan)?.output);
  const titleOf = (item: number): string => items[item]?.title ?? `item ${item + 1}`;
  const merged = messages.get(outcome.sequence);

  return {
    answer: merged?.choice ?? merged?.text ?? null,
    text: merged?.text ?? '',
    method: outcome.method,
    rounds: outcome.rounds,
    confidence: outcome.confidence,
    assignments: assignments.map(({ item, slot, score }) => ({ item: titleOf(item), slot, score })),
    contributions: assignments.map(({ item, slot, sequence, confidence, failure }) => ({
      slot,
      agent: agents.get(slot) ?? slot,
      item: titleOf(item),
      status: failure === null ? 'reported' : 'failed',
      text: failure === null ? (messages.get(sequence)?.text ?? null) : null,
      confidence,
      failureCode: failure,
    })),
    dissent: [],
  };
}
