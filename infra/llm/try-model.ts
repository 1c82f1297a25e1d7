import type { ModelRequest, Models } from '../../activities/ports/models.ts';
import type { ResolvedModel } from '../../workflows/contract/definition.ts';
import { ModelCallFailed } from '../../workflows/contract/errors.ts';

const TIMEOUT_MS = 15_000;
/** Providers that count reasoning have a least number; this is above all of them. */
const MAX_TOKENS = 32;

/** How a small call went. */
export interface Trial {
  readonly ok: boolean;
  readonly latencyMs: number;
  readonly model: string;
  readonly error?: { readonly code: string; readonly message: string };
}

/** Makes one small call of a model, within 15 seconds. What a provider says to it is told as failures of turns are: cleaned. */
export async function tryModel(
  models: Models,
  ownerId: string,
  wanted: Pick<ResolvedModel, 'provider' | 'providerConfigId' | 'providerType' | 'model'>,
  signal: AbortSignal,
): Promise<Trial> {
  const began = performance.now();
  const trial = (rest: Pick<Trial, 'ok' | 'error'>): Trial => ({
    ...rest,
    latencyMs: Math.round(performance.now() - began),
    model: wanted.model,
  });
  try {
    const provider = await models.open(ownerId, { ...wanted, ...UNKNOWN });
    await provider.complete(smallRequest(wanted.model), {
      signal,
      idempotencyKey: `trial/${crypto.randomUUID()}`,
      onToken: () => {},
    });
    return trial({ ok: true });
  } catch (error) {
    if (!(error instanceof ModelCallFailed)) throw error;
    return trial({ ok: false, error: { code: error.code, message: error.message } });
  }
}

const UNKNOWN = {
  contextWindow: null,
  maxOutputTokens: null,
  inputUsdPerMtok: null,
  outputUsdPerMtok: null,
  cachedUsdPerMtok: null,
};

const smallRequest = (model: string): ModelRequest => ({
  model,
  system: 'This is a test of the connection.',
  messages: [{ role: 'user', text: 'Answer with the word OK.' }],
  schema: null,
  temperature: 1,
  maxTokens: MAX_TOKENS,
  timeoutMs: TIMEOUT_MS,
  rehearsal: {
    seed: 'trial',
    role: 'observer',
    slot: 'trial',
    ask: { kind: 'position', round: 1, maxRounds: 1 },
    options: [],
    callsBefore: 0,
    attempt: 1,
    script: undefined,
  },
});
