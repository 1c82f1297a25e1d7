type Json = Record<string, unknown>;

/** What a server says that it does not take, and the request without it. */
const CURES: Readonly<Record<string, (body: Json) => Json>> = {
  max_tokens: ({ max_tokens, ...rest }) => ({ ...rest, max_completion_tokens: max_tokens }),
  temperature: ({ temperature: _refused, ...rest }) => rest,
};
const UNSUPPORTED: ReadonlySet<unknown> = new Set(['unsupported_parameter', 'unsupported_value']);
const MAX_ERROR_CHARS = 10_000;

/**
 * A fetch for chat completions that some models take only without `temperature`, or with `max_completion_tokens` in place
 * of `max_tokens`: such a model refuses the request by the name of the parameter before it does any work, and is asked
 * again without it. What a model does not take cannot be known from its name.
 */
export function adjusting(send: typeof fetch): typeof fetch {
  return async (url, init) => {
    let body = init?.body;
    for (const _ of Object.keys(CURES)) {
      const response = await send(url, { ...init, ...(body != null && { body }) });
      const cured = response.status === 400 ? await cure(response.clone(), body) : null;
      if (cured === null) return response;
      await response.body?.cancel();
      body = cured;
    }
    return send(url, { ...init, ...(body != null && { body }) });
  };
}

async function cure(refusal: Response, body: unknown): Promise<string | null> {
  if (typeof body !== 'string') return null;
  const refused = refusedParameter((await refusal.text()).slice(0, MAX_ERROR_CHARS));
  const request = JSON.parse(body) as Json;
  if (refused === null || !Object.hasOwn(request, refused)) return null;
  return JSON.stringify(CURES[refused]!(request));
}

/** `{error: {param, code}}` as OpenAI and Azure have it. */
function refusedParameter(text: string): string | null {
  try {
    const { error } = JSON.parse(text) as { error?: { param?: unknown; code?: unknown } };
    const { param, code } = error ?? {};
    return typeof param === 'string' && Object.hasOwn(CURES, param) && UNSUPPORTED.has(code)
      ? param
      : null;
  } catch {
    return null;
  }
}
