import { ApplicationFailure } from '@temporalio/workflow';
import { FAILURE_CODES, type FailureCode } from '../contract/errors.ts';
import type { Piece } from '../contract/turns.ts';

/** Ends the execution as failed: the code is public, the message says what to do next; `piece`: the piece of work that it failed on. */
export const executionFailed = (
  code: FailureCode,
  message: string,
  piece?: Piece,
): ApplicationFailure => ApplicationFailure.nonRetryable(message, code, ...(piece ? [piece] : []));

/** Ends the execution because a seat that it cannot do without gave no answer. */
export const turnGivenUp = (code: FailureCode, what: string): ApplicationFailure =>
  executionFailed(
    code,
    `${what} ${ADVICE[code] ?? 'See the calls of the execution, and start it again.'}`,
  );

const SHOWN = 5;

/** The first few of a list, and how many more there are. */
export const shortList = (items: readonly string[]): string =>
  items.slice(0, SHOWN).join(', ') +
  (items.length > SHOWN ? ` and ${items.length - SHOWN} more` : '');

/** The failure code that an error's type is, or undefined. */
export const failureCode = (type: string | null | undefined): FailureCode | undefined =>
  FAILURE_CODES.find((code) => code === type);

/** What to do about a turn that came to nothing. */
export const ADVICE: Readonly<Partial<Record<FailureCode, string>>> = {
  budget_exhausted: 'The budget has no room for another call; start again with a larger one.',
  invalid_output: 'The answer did not have the form that was asked for, also after one repair.',
  model_unavailable: 'The model could not be reached; check the provider, or name a second model.',
  model_refused: 'The model refused to answer; change the prompt, or name another model.',
};
