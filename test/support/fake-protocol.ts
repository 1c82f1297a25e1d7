import type { IncomingHttpHeaders } from 'node:http';
import type { FakeRequest } from './fake-openai-answers.ts';

export type FakeFinish = 'stop' | 'length' | 'tool_calls' | 'refusal' | 'content_filter';

/** What a fake counts; `input` holds `cached`, `output` holds `reasoning`. */
export interface FakeUsage {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
  readonly reasoning: number;
}

export interface FakeError {
  readonly message: string;
  readonly type?: string;
  readonly param?: string;
  readonly code?: string;
}

/** One streamed answer in a protocol's words, piece by piece. */
export interface Wire {
  readonly opening: () => string;
  readonly token: (text: string) => string;
  /** A token of a refusal, where the protocol has refusals of their own. */
  readonly refusal?: (text: string) => string;
  readonly toolCall: (name: string, args: unknown) => string;
  readonly ending: (finish: FakeFinish, usage: FakeUsage | null) => string;
  /** What ends a stream without saying why. */
  readonly cutShort?: string;
  readonly error: (message: string) => string;
}

/** A provider's protocol, as its servers speak it. */
export interface FakeProtocol<Body> {
  /** Of the requests that are answered. */
  readonly path: RegExp;
  /** What a provider's `apiEndpoint` has behind host and port. */
  readonly base: string;
  readonly contentType: string;
  readonly requestIdHeader?: string;
  readonly keyOf: (headers: IncomingHttpHeaders) => string | null;
  readonly read: (body: Body, url: string) => FakeRequest;
  /** Why the request is not taken. */
  readonly problem?: (body: Body) => FakeError | null;
  readonly error: (status: number, error: FakeError) => unknown;
  readonly wire: (request: FakeRequest, usage: FakeUsage) => Wire;
  /** The answer to a request that is not streamed; without it only streamed ones are answered. */
  readonly whole?: (
    request: FakeRequest,
    text: string,
    finish: FakeFinish,
    usage: FakeUsage | null,
  ) => unknown;
}

/** A server-sent event. */
export const sse = (data: unknown, event?: string): string =>
  `${event === undefined ? '' : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`;

/** The key in `Authorization: Bearer …`. */
export const bearerOf = ({ authorization }: IncomingHttpHeaders): string | null =>
  authorization?.replace(/^Bearer /, '') ?? null;

/** A header that is there once. */
export const headerOf = (headers: IncomingHttpHeaders, name: string): string | null => {
  const value = headers[name];
  return typeof value === 'string' ? value : null;
};
