/** What the server answered; `body` is what its JSON says, or null where there is none. */
export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/** One server-sent event; `id` is null for those that are never stored. */
export interface StreamedEvent {
  readonly event: string;
  readonly id: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Beside those that every request has. */
type MoreHeaders = Readonly<Record<string, string>>;

/** The public API as one caller uses it. */
export interface HttpClient {
  get<T>(path: string): Promise<Answer<T>>;
  post<T>(path: string, body: unknown, headers?: MoreHeaders): Promise<Answer<T>>;
  /** Reads a stream of events until the server ends it. */
  events(path: string, lastEventId?: string): AsyncGenerator<StreamedEvent>;
}

/** Speaks to `baseUrl` with one API key. */
export function makeHttpClient(baseUrl: string, apiKey: string): HttpClient {
  const authorization = `Bearer ${apiKey}`;
  const send = async <T>(
    method: string,
    path: string,
    body?: unknown,
    more?: MoreHeaders,
  ): Promise<Answer<T>> => {
    const response = await fetch(baseUrl + path, {
      method,
      headers: {
        authorization,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...more,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    const parsed: unknown = isJson ? JSON.parse(text) : text || null;
    return { status: response.status, headers: response.headers, body: parsed as T };
  };
  return {
    get: (path) => send('GET', path),
    post: (path, body, headers) => send('POST', path, body, headers),
    async *events(path, lastEventId) {
      const response = await fetch(baseUrl + path, {
        headers: {
          authorization,
          accept: 'text/event-stream',
          ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
        },
      });
      if (!response.ok || response.body === null)
        throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
      yield* parseEvents(response.body);
    },
  };
}

async function* parseEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamedEvent> {
  let rest = '';
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + text).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const field = (name: string): string | null =>
        new RegExp(`^${name}: ?(.*)$`, 'm').exec(block)?.[1] ?? null;
      const data = field('data');
      if (data === null) continue; // a comment, or the advice when to come back
      yield {
        event: field('event') ?? 'message',
        id: field('id'),
        data: JSON.parse(data) as Record<string, unknown>,
      };
    }
  }
}
