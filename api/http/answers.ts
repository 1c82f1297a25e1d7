import type { Response } from 'express';

/** What a handler gives back. Nothing is sent before the request's transaction has been committed. */
export type Answer = JsonAnswer | TextAnswer | StreamAnswer;

export interface JsonAnswer {
  readonly kind: 'json';
  readonly status: number;
  /** The body as it goes out; null: no content. */
  readonly json: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** The body holds a secret that is shown once: it is never stored for a repeat of the request. */
  readonly secret: boolean;
}

export interface TextAnswer {
  readonly kind: 'text';
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/** The handler writes by itself, until the stream is done, the client has gone or the process ends. */
export interface StreamAnswer {
  readonly kind: 'stream';
  readonly write: (res: Response, ended: AbortSignal) => Promise<void>;
}

interface Extras {
  /** Path of what was made, for `Location`. */
  readonly location?: string;
  /** `row_version` of the entity, for `ETag`. */
  readonly version?: number;
  readonly secret?: boolean;
}

/** 200, or another status of success, with a body. */
export function ok(body: unknown, extras: Extras & { readonly status?: number } = {}): JsonAnswer {
  const { status = 200, location, version, secret = false } = extras;
  return {
    kind: 'json',
    status,
    json: JSON.stringify(body),
    headers: {
      ...(location !== undefined && { Location: location }),
      ...(version !== undefined && { ETag: `"${version}"` }),
    },
    secret,
  };
}

/** 201: something was made. */
export const created = (body: unknown, extras: Extras & { readonly location: string }) =>
  ok(body, { ...extras, status: 201 });

/** 202: something has started. */
export const accepted = (body: unknown, extras: Extras = {}) =>
  ok(body, { ...extras, status: 202 });

/** 204: done, nothing to say. */
export const noContent = (): JsonAnswer => ({
  kind: 'json',
  status: 204,
  json: null,
  headers: {},
  secret: false,
});

/** 200 with text that is not JSON, such as Markdown. */
export const text = (contentType: string, content: string): TextAnswer => ({
  kind: 'text',
  status: 200,
  contentType,
  text: content,
});

/** A body that is written bit by bit, such as server-sent events. `write` sets the headers. */
export const stream = (write: StreamAnswer['write']): StreamAnswer => ({ kind: 'stream', write });
