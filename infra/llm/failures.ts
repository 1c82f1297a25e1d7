import { AISDKError, APICallError } from 'ai';
import type { ModelRequest, TokenUsage } from '../../activities/ports/models.ts';
import { EngineError, ModelCallFailed } from '../../workflows/contract/errors.ts';
import { isRefusal, type ProviderError, providerError, retryDelayMs } from './provider-error.ts';
import { statedReason } from './stated-reason.ts';

/** The answer ended before its end. */
export class BrokenAnswer extends Error {}

/** The call that failed, for its message. */
interface FailedCall {
  readonly who: string;
  readonly request: ModelRequest;
  readonly apiKey: string | undefined;
}

/** Network errors that come before anything was sent: the provider has done no work. */
const NEVER_SENT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Of the system, of DNS, TLS and fetch; `ERR_…` of anything else is Node's word for a bug. */
const NETWORK_CODE = /^(?!ERR_(?!TLS))[A-Z][A-Z_0-9]+$/;

/** What cures a request that the provider does not take, by status. */
const REMEDIES: Readonly<Record<number, string>> = {
  400: "check the agent's maxTokens and temperature, and whether the prompt fits the model",
  401: 'enter valid credentials for the provider',
  402: "the provider's account has no credit left",
  403: 'the credentials may not use this model: check the account, or name another model',
  404: "check the model's name and the provider's apiEndpoint (it usually ends in /v1)",
  413: 'the prompt is too long: shorten the context, or name a model that takes more',
  422: "check the agent's settings, and whether the prompt fits the model",
};

/**
 * A failure of a provider's protocol in our words: what a later attempt may cure is retryable. The vendor's error is not
 * kept as the cause: it holds the prompt and the provider's reply, and causes are written to history. Anything that is not
 * the provider's doing stays as it is.
 */
export function asCallFailure(error: unknown, call: FailedCall): unknown {
  if (error instanceof EngineError) return error;
  const stated = providerError(error);
  if (APICallError.isInstance(error) && error.statusCode !== undefined && error.statusCode !== 200)
    return statusFailure(error, error.statusCode, stated, call);
  const network = networkCode(error);
  if (network !== null)
    return new ModelCallFailed(
      'model_unavailable',
      `${call.who} cannot be reached (${network}): check that the provider is up and its apiEndpoint is right.`,
      { retryable: true, outcomeKnown: NEVER_SENT.has(network) },
    );
  if (stated) return streamFailure(stated, call);
  if (error instanceof BrokenAnswer || AISDKError.isInstance(error))
    return new ModelCallFailed(
      'model_unavailable',
      `${call.who} broke off its answer, or sent something else than its protocol has: check the provider's providerType and apiEndpoint (it usually ends in /v1).`,
      { retryable: true, outcomeKnown: false },
    );
  return error;
}

/** An answer with a status that says no. */
function statusFailure(
  error: APICallError,
  status: number,
  stated: ProviderError | null,
  call: FailedCall,
): ModelCallFailed {
  if (stated && isRefusal(stated)) return refusal(call.who, { reason: reasonOf(stated, call) });
  // An account without credit answers 429 like a busy one, but no waiting cures it.
  const isOutOfCredit = stated?.code === 'insufficient_quota';
  const retryable = !isOutOfCredit && (status === 408 || status === 429 || status >= 500);
  const remedy = retryable
    ? 'it is tried again'
    : (REMEDIES[isOutOfCredit ? 402 : status] ??
      "check the provider's apiEndpoint and the model's name");
  const waitMs =
    retryAfterMs(error.responseHeaders?.['retry-after']) ??
    (stated ? retryDelayMs(stated) : undefined);
  return new ModelCallFailed(
    'model_unavailable',
    `${call.who} answered ${status}: ${remedy}.${reasonOf(stated, call)}`,
    { retryable, retryAfterMs: retryable ? waitMs : undefined, outcomeKnown: status !== 504 },
  );
}

/** An error object in the middle of the stream, after a good status. */
function streamFailure(stated: ProviderError, call: FailedCall): ModelCallFailed {
  const reason = reasonOf(stated, call);
  if (isRefusal(stated)) return refusal(call.who, { reason });
  return new ModelCallFailed(
    'model_unavailable',
    `${call.who} failed while it answered: it is tried again.${reason}`,
    { retryable: true, outcomeKnown: false },
  );
}

/** The model, or a filter before or behind it, does not answer this. */
export const refusal = (
  who: string,
  { usage, reason = '' }: { readonly usage?: TokenUsage; readonly reason?: string },
): ModelCallFailed =>
  new ModelCallFailed(
    'model_refused',
    `${who} refused to answer, or its content filter stopped the answer: change what is asked, or name another model.${reason}`,
    { retryable: false, usage: usage && { input: usage.input, output: usage.output } },
  );

function reasonOf(stated: ProviderError | null, { request, apiKey }: FailedCall): string {
  const reason = stated && statedReason(stated.message, { request, apiKey });
  return reason ? ` The provider says: ${reason}` : '';
}

/** The code of the network error behind a failure; null where the network was not at fault. */
function networkCode(error: unknown): string | null {
  for (let at = error; at instanceof Error; at = at.cause)
    if ('code' in at && typeof at.code === 'string' && NETWORK_CODE.test(at.code)) return at.code;
  return null;
}

/** `Retry-After` is seconds or a date (RFC 9110, section 10.2.3). */
function retryAfterMs(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const seconds = Number(header);
  const ms = Number.isNaN(seconds) ? Date.parse(header) - Date.now() : seconds * 1_000;
  return Number.isNaN(ms) ? undefined : Math.max(0, Math.round(ms));
}
