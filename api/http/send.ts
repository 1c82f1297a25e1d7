import type { Response } from 'express';
import { z } from 'zod';
import type { Answer } from './answers.ts';
import type { Route } from './route.ts';

/** Sends an answer; a stream is over when this returns. */
export async function send(res: Response, answer: Answer, ended: AbortSignal): Promise<void> {
  if (answer.kind === 'stream') {
    // HEAD is answered at once: it asks for what a stream begins with, not for all of it.
    if (res.req.method !== 'HEAD') await answer.write(res, ended);
    if (!res.writableEnded) res.end();
    return;
  }
  res.status(answer.status);
  if (answer.kind === 'text') res.type(answer.contentType).send(answer.text);
  else {
    res.set(answer.headers);
    if (answer.json === null) res.end();
    else res.type('application/json').send(answer.json);
  }
}

/** Throws when an answer is not one that the route declares: a bug of ours, looked for in tests. */
export function verifyAnswer({ method, path, answers }: Route, answer: Answer): void {
  if (answer.kind !== 'json') return;
  const spec = answers[answer.status];
  const declared = `${method.toUpperCase()} ${path} answered ${answer.status}`;
  if (spec === undefined) throw new Error(`${declared}, which it does not declare`);
  if (spec === null) {
    if (answer.json !== null) throw new Error(`${declared} with a body, which it does not declare`);
    return;
  }
  if (!(spec instanceof z.ZodType))
    throw new Error(`${declared} with JSON, which it does not declare`);
  const parsed = spec.safeParse(JSON.parse(answer.json ?? 'null'));
  if (!parsed.success) throw new Error(`${declared} otherwise:\n${z.prettifyError(parsed.error)}`);
}
