import { ApplicationFailure } from '@temporalio/workflow';
import { FAILURE_CODES, type FailureCode } from '../contract/errors.ts';
import type { Piece, TurnResult } from '../contract/turns.ts';
import { QUORUM } from '../domain/consensus.ts';

/** Ends the execution as failed: the code is public, the message says what to do next; `piece`: the piece of work that it failed on. */
export const executionFailed = (
  code: FailureCode,
  message: string,
  piece?: Piece,
): ApplicationFailure => ApplicationFailure.nonRetryable(message, code, ...(piece ? [piece] : []));

/** The failure code that an error's type is, or undefined. */
export const failureCode = (type: string | null | undefined): FailureCode | undefined =>
  FAILURE_CODES.find((code) => code === type);

/** What to do about a turn that came to nothing. */
const ADVICE: Readonly<Partial<Record<FailureCode, string>>> = {
  budget_exhausted: 'The budget has no room for another call; start again with a larger one.',
  invalid_output: 'The answer did not have the form that was asked for, also after one repair.',
  loop_detected:
    'It called tools more often than its maxToolCalls allows; allow more, or say in its prompt what it needs to know.',
  model_unavailable: 'The model could not be reached; check the provider, or name a second model.',
  model_refused: 'The model refused to answer; change the prompt, or name another model.',
};

/** What a turn came to that a story cannot go on without, or the end of the budget. */
export const turnFailed = (who: string, code: FailureCode): ApplicationFailure =>
  executionFailed(
    code,
    `${who} gave no answer. ${ADVICE[code] ?? 'See the calls of the execution, and start it again.'}`,
  );

/** Whether one of these turns could not be paid for. */
export const ranOut = (results: readonly TurnResult[]): boolean =>
  results.some((result) => result.status === 'failed' && result.code === 'budget_exhausted');

/** A turn could not be paid for. */
export const budgetExhausted = (): ApplicationFailure =>
  executionFailed('budget_exhausted', ADVICE.budget_exhausted!);

/** A round brought too few valid votes; `silent` gave none. */
export function noQuorum(
  round: number,
  votes: number,
  silent: readonly string[],
): ApplicationFailure {
  const who = silent.length > 0 ? ` No answer from ${namesOf(silent)}.` : '';
  return executionFailed(
    'no_quorum',
    `Round ${round} brought ${votes} valid vote${votes === 1 ? '' : 's'}, and ${QUORUM} are needed.${who} The calls say why; mend that and retry.`,
  );
}

/** As many are named. */
const SHOWN = 5;

/** The first few of many. */
export function namesOf(many: readonly string[]): string {
  const more = many.length > SHOWN ? ` and ${many.length - SHOWN} more` : '';
  return `${many.slice(0, SHOWN).join(', ')}${more}`;
}

/** What was asked is of no use any more: the execution has ended meanwhile. */
export const questionWithdrawn = () =>
  executionFailed('cancelled', 'The question was withdrawn, because the execution has ended.');
