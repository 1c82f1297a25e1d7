import { EngineError } from '../../workflows/contract/errors.ts';

/** Throws `precondition_failed` when `If-Match` is there and does not name the version. Weak tags never match (RFC 9110, 13.1.1). */
export function requireMatch(ifMatch: string | undefined, rowVersion: number): void {
  if (ifMatch === undefined || ifMatch.trim() === '*') return;
  if (ifMatch.split(',').some((tag) => tag.trim() === `"${rowVersion}"`)) return;
  throw new EngineError(
    'precondition_failed',
    'It has changed since you read it; read it again, and send its new ETag as If-Match.',
  );
}
