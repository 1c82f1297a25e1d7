import { setTimeout as sleep } from 'node:timers/promises';

const READY_POLL_MS = 100;

/** An answer of the API that was not a success. */
export class ApiRefused extends Error {
  readonly status: number;

  constructor(request: string, status: number, detail: string) {
    super(`${request} was answered ${status}: ${detail}`);
    this.status = status;
  }
}

/** The public API, as a program that holds a key uses it. */
export interface ApiClient {
  /** Answers the body; throws `ApiRefused`. */
  call(method: string, path: string, body?: unknown): Promise<unknown>;
  /** Pieces of an event stream as they come. */
  stream(path: string): AsyncIterable<string>;
}

export function makeApiClient(baseUrl: string, key: string): ApiClient {
  const request = async (method: string, path: string, accept: string, body?: unknown) => {
    const response = await fetch(baseUrl + path, {
      method,
      headers: {
        accept,
        authorization: `Bearer ${key}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok)
      throw new ApiRefused(`${method} ${path}`, response.status, await response.text());
    return response;
  };
  return {
    async call(method, path, body) {
      const response = await request(method, path, 'application/json', body);
      return response.status === 204 ? undefined : response.json();
    },
    async *stream(path) {
      const { body } = await request('GET', path, 'text/event-stream');
      if (body) yield* body.pipeThrough(new TextDecoderStream());
    },
  };
}

/** Returns when `/readyz` says that all is well; throws with what it says otherwise, once the signal is raised. */
export async function waitForApi(baseUrl: string, signal: AbortSignal): Promise<void> {
  let last = 'it does not answer';
  while (!signal.aborted) {
    try {
      const response = await fetch(`${baseUrl}/readyz`, { signal });
      if (response.ok) return;
      last = await response.text();
    } catch {
      // not listening yet
    }
    await sleep(READY_POLL_MS);
  }
  throw new Error(`the API is not ready: ${last}`);
}
