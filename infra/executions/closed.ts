import { FAILURE_CODES } from '../../workflows/contract/errors.ts';
import type { Closed } from '../../workflows/contract/executions.ts';
import { numberOf } from '../../workflows/domain/compound/results.ts';
import { isClosed } from '../../workflows/domain/transitions.ts';
import type { Execution } from '../db/entities/execution.ts';

/** How an execution has ended; null: it is open. */
export function closedOf({
  id: executionId,
  state,
  error,
  output,
}: Pick<Execution, 'id' | 'state'> & Partial<Pick<Execution, 'error' | 'output'>>): Closed | null {
  if (!isClosed(state)) return null;
  const code = FAILURE_CODES.find((each) => each === error) ?? null;
  return { status: 'closed', executionId, state, code, hasNumber: numberOf(output) !== null };
}
