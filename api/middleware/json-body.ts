import { createHash } from 'node:crypto';
import express, { type RequestHandler } from 'express';
import { EngineError, InvalidRequest, type Problem } from '../../workflows/contract/errors.ts';

declare module 'node:http' {
  interface IncomingMessage {
    /** sha-256 of the body as it was sent; absent without a body. */
    bodyHash?: Buffer;
  }
}

const MAX_BYTES = 1024 * 1024;
/** Far more than any body needs, and far less than what could exhaust a recursive reader. */
const MAX_DEPTH = 64;

/** Reads a JSON body of at most 1 MiB and refuses what cannot be stored or walked. Without a body, `req.body` is undefined. */
export function jsonBody(): RequestHandler[] {
  const parse = express.json({
    limit: MAX_BYTES,
    verify: (req, _res, bytes) => {
      req.bodyHash = createHash('sha256').update(bytes).digest();
    },
  });
  return [requireJson, parse, checkText];
}

const requireJson: RequestHandler = (req, _res, next) => {
  // `is` gives null without a body; a length of 0 is none either.
  if (req.headers['content-length'] !== '0' && req.is('application/json') === false)
    throw new EngineError(
      'unsupported_media_type',
      'Send JSON in UTF-8 with Content-Type: application/json.',
    );
  next();
};

const checkText: RequestHandler = (req, _res, next) => {
  refuseBadText(req.body);
  next();
};

/** Throws `InvalidRequest` where a text, a key or the depth of a value is such that it cannot be kept. */
export function refuseBadText(value: unknown): void {
  const problems: Problem[] = [];
  const open: { value: unknown; path: string; depth: number }[] = [{ value, path: '', depth: 0 }];
  for (let next = open.pop(); next && problems.length < 20; next = open.pop()) {
    const { path, depth } = next;
    const message = faultOf(next.value, depth);
    if (message !== null) problems.push({ path, message });
    else if (typeof next.value === 'object' && next.value !== null)
      for (const [key, child] of Object.entries(next.value)) {
        const childPath = path === '' ? key : `${path}.${key}`;
        const keyFault = key === '__proto__' ? 'is not a field' : faultOf(key, depth);
        if (keyFault !== null) problems.push({ path: childPath, message: keyFault });
        else open.push({ value: child, path: childPath, depth: depth + 1 });
      }
  }
  if (problems.length > 0) throw new InvalidRequest(problems);
}

function faultOf(value: unknown, depth: number): string | null {
  if (depth > MAX_DEPTH) return `is nested deeper than ${MAX_DEPTH} levels`;
  if (typeof value !== 'string') return null;
  if (value.includes('\0')) return 'holds the character U+0000, which cannot be stored';
  return value.isWellFormed() ? null : 'holds half of a surrogate pair, which is not text';
}
