import { APICallError } from 'ai';

const MAX_BODY_CHARS = 100_000;

/** What a provider says is wrong, in the words of its protocol; only `message` is always there. */
export interface ProviderError {
  readonly message: string;
  /** OpenAI's word, such as `insufficient_quota`; OpenRouter's and Google's are the status. */
  readonly code?: unknown;
  readonly metadata?: unknown;
  readonly details?: unknown;
}

/** The error object behind a failure; null where the provider sent none. */
export function providerError(error: unknown): ProviderError | null {
  // The body before what the packages read of it: they leave out what they do not know.
  if (APICallError.isInstance(error))
    return fromBody(parsed(error.responseBody)) ?? fromBody(error.data);
  return error instanceof Error ? null : errorObject(error);
}

/**
 * `{error: {message, …}}` of OpenAI, Anthropic, Google and OpenRouter, `[{error: {…}}]` of Google within a stream, or
 * `{error: "…"}` of Ollama and Hugging Face.
 */
function fromBody(body: unknown): ProviderError | null {
  const [first] = [body].flat();
  if (typeof first !== 'object' || first === null || !('error' in first)) return null;
  return typeof first.error === 'string' ? { message: first.error } : errorObject(first.error);
}

const errorObject = (value: unknown): ProviderError | null =>
  typeof value === 'object' &&
  value !== null &&
  'message' in value &&
  typeof value.message === 'string'
    ? (value as ProviderError)
    : null;

function parsed(body: string | undefined): unknown {
  if (body === undefined || body.length > MAX_BODY_CHARS) return null;
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return null;
  }
}

/** The model, or a filter before it, does not answer this. OpenRouter's moderation has it in `metadata`. */
export const isRefusal = ({ code, metadata }: ProviderError): boolean =>
  code === 'content_filter' ||
  code === 'content_policy_violation' ||
  (typeof metadata === 'object' && metadata !== null && 'flagged_input' in metadata);

/** Google's `RetryInfo`: it says in the body when to come back. */
export function retryDelayMs({ details }: ProviderError): number | undefined {
  for (const detail of Array.isArray(details) ? (details as unknown[]) : []) {
    const delay =
      typeof detail === 'object' && detail !== null && 'retryDelay' in detail
        ? /^(\d+(?:\.\d+)?)s$/.exec(String(detail.retryDelay))?.[1]
        : undefined;
    if (delay !== undefined) return Math.round(Number(delay) * 1_000);
  }
  return undefined;
}
