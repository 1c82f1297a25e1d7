import {
  EngineError,
  InvalidRequest,
  type Problem,
  StateConflict,
} from '../../workflows/contract/errors.ts';

/** What is wrong with a definition, all of it, by how it is answered. */
export interface Findings {
  /** Wrong as written: 400 `invalid_request`. */
  readonly invalid: Problem[];
  /** A named model that cannot be had: 400 `model_unavailable`. */
  readonly unavailable: Problem[];
  /** Right as written, but what it names is not in a state to be used: 409 `state_conflict`. */
  readonly conflicts: Problem[];
}

export const noFindings = (): Findings => ({ invalid: [], unavailable: [], conflicts: [] });

/** Every finding as one list, in the order of gravity. */
export const allFindings = ({ invalid, unavailable, conflicts }: Findings): Problem[] => [
  ...invalid,
  ...unavailable,
  ...conflicts,
];

/** The error that answers the findings, the gravest kind deciding the code; null when there are none. */
export function findingsError(findings: Findings): EngineError | null {
  const all = allFindings(findings);
  if (findings.invalid.length > 0) return new InvalidRequest(all);
  if (findings.unavailable.length > 0)
    return new InvalidRequest(
      all,
      all.map(({ message }) => message).join(' '),
      'model_unavailable',
    );
  if (all.length > 0) return new StateConflict(all.map(({ message }) => message).join(' '));
  return null;
}

/** Adds what a zod schema found, below `path`. */
export function addIssues(
  to: Problem[],
  path: string,
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
): void {
  for (const issue of issues)
    to.push({ path: [path, ...issue.path.map(String)].join('.'), message: issue.message });
}
