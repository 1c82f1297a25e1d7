import type { Found } from '../../infra/executions/references.ts';
import { notFoundMessage } from '../../infra/executions/references.ts';
import { InvalidRequest } from '../../workflows/contract/errors.ts';

/** The row that a field of a body refers to; unknown, foreign and ambiguous ones are a 400 at the field's path. */
export function requireFound<Row>(
  { what, path, ref }: { readonly what: string; readonly path: string; readonly ref: string },
  found: Found<Row>,
): Row {
  if (found.status === 'found') return found.row;
  throw new InvalidRequest([{ path, message: notFoundMessage(what, ref, found) }]);
}
