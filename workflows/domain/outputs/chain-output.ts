import type { ChainOutcome, ChainPiece } from '../../contract/outcomes.ts';
import { planOf } from '../plan-parts.ts';
import type { Contribution } from './contribution.ts';

/** `output` of a chain, as `GET /executions/:id` shows it. */
export interface ChainOutput {
  readonly answer: string | null;
  readonly text: string;
  readonly method: 'chain';
  readonly rounds: number;
  /** The top's, 0 to 1. */
  readonly confidence: number;
  /** The top itself is less sure than `escalationThreshold`. */
  readonly escalated: boolean;
  /** The report that counts for each part that was handed down, in the order of the plans. */
  readonly contributions: readonly {
    readonly slot: string;
    readonly agent: string;
    readonly part: string;
    readonly status: ChainPiece['status'];
    readonly text: string | null;
    readonly confidence: number | null;
  }[];
  /** Whose part was taken over by a superior, and why. */
  readonly dissent: readonly {
    readonly slot: string;
    readonly agent: string;
    readonly part: string;
    readonly choice: null;
    readonly text: string | null;
    readonly reasoning: string;
  }[];
}

/** The messages whose words a chain's outcome is put into. */
export const chainSequences = ({ sequence, pieces }: ChainOutcome): readonly number[] => [
  sequence,
  ...new Set(
    pieces.flatMap(({ plan, report, overruled }) =>
      [plan, report, overruled].filter((each) => each !== null),
    ),
  ),
];

/** Puts the words to how a chain ended. `said`: the messages of `chainSequences`; `agents`: their names by slot. */
export function chainOutput(
  outcome: ChainOutcome,
  said: readonly Contribution[],
  agents: ReadonlyMap<string, string>,
): ChainOutput {
  const messages = new Map(said.map((message) => [message.sequence, message]));
  const find = (sequence: number | null): Contribution | undefined =>
    sequence === null ? undefined : messages.get(sequence);
  const titleOf = ({ plan, part }: ChainPiece): string =>
    planOf(find(plan)?.output)[part]?.title ?? `part ${part + 1}`;
  const nameOf = (slot: string): string => agents.get(slot) ?? slot;
  const report = find(outcome.sequence);

  return {
    answer: report?.choice ?? report?.text ?? null,
    text: report?.text ?? '',
    method: 'chain',
    rounds: outcome.rounds,
    confidence: outcome.confidence,
    escalated: outcome.escalated,
    contributions: outcome.pieces.map((piece) => ({
      slot: piece.by,
      agent: nameOf(piece.by),
      part: titleOf(piece),
      status: piece.status,
      text: find(piece.report)?.text ?? null,
      confidence: piece.confidence,
    })),
    dissent: outcome.pieces
      .filter(({ status }) => status === 'taken_over')
      .map((piece) => ({
        slot: piece.slot,
        agent: nameOf(piece.slot),
        part: titleOf(piece),
        choice: null,
        text: find(piece.overruled)?.text ?? null,
        reasoning: `Taken over by ${piece.by}: ${whyTaken(piece, find(piece.overruled))}.`,
      })),
  };
}

const whyTaken = ({ failure }: ChainPiece, own: Contribution | undefined): string =>
  failure === null
    ? `the report was only ${Math.round(100 * (own?.confidence ?? 0))} % sure`
    : `no answer (${failure})`;
