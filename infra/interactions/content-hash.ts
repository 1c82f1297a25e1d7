import { createHash } from 'node:crypto';
import { canonicalJson } from '../../workflows/domain/canonical.ts';

/** Sha-256 of content as it is shown: an answer names it. */
export const contentHash = (content: unknown): Buffer =>
  createHash('sha256').update(canonicalJson(content)).digest();
