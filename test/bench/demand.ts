import type { Answer } from '../support/http-client.ts';

/** The body of an answer that must have this status: what is measured must have worked. */
export async function demand<T>(wanted: number, asked: Promise<Answer<T>>): Promise<T> {
  const { status, body } = await asked;
  if (status !== wanted) throw new Error(`answered ${status}: ${JSON.stringify(body)}`);
  return body;
}
