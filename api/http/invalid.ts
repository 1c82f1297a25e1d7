import type { z } from 'zod';
import { InvalidRequest, type Problem } from '../../workflows/contract/errors.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** zod's issues as problems with the fields' paths; each unknown field is a problem of its own. */
export const invalid = (issues: readonly Issue[]): InvalidRequest =>
  new InvalidRequest(issues.flatMap((issue) => problemsOf(issue, [])));

function problemsOf(issue: Issue, base: Path): Problem[] {
  const path = [...base, ...issue.path];
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => problem([...path, key], 'is not a field that is known here'));
  if (issue.code === 'invalid_union') {
    const branch = likeliest(issue.errors);
    if (branch) return branch.flatMap((nested) => problemsOf(nested, path));
  }
  return [problem(path, issue.message)];
}

/** Of a union's branches the one that was meant: whose value had the right type, and only its parts are wrong. */
function likeliest(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const meant = branches.filter((issues) =>
    issues.every(({ code, path }) => path.length > 0 || code === 'unrecognized_keys'),
  );
  return meant.length === 1 ? meant[0] : undefined;
}

const problem = (path: Path, message: string): Problem => ({
  path: path.map(String).join('.').slice(0, 300),
  message,
});
