import type { z } from 'zod';
import {
  type EngineError,
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

/** Adds what a zod schema found, below `path`; each unknown field at its own. */
export function addIssues(to: Problem[], path: string, issues: readonly z.core.$ZodIssue[]): void {
  for (const issue of issues) {
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : [];
    const at = [path, ...issue.path.map(String)].join('.');
    if (keys.length === 0) to.push({ path: at, message: issue.message });
    for (const key of keys)
      to.push({ path: `${at}.${key}`, message: 'is not a field that is known here' });
  }
}

/** The same findings, where what they are about stands below `path`. */
export function nest({ invalid, unavailable, conflicts }: Findings, path: string): Findings {
  const below = (problems: readonly Problem[]): Problem[] =>
    problems.map((problem) => ({ ...problem, path: `${path}.${problem.path}` }));
  return {
    invalid: below(invalid),
    unavailable: below(unavailable),
    conflicts: below(conflicts),
  };
}
