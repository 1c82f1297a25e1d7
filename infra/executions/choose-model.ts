import type { ModelRef } from '../../workflows/contract/agents.schema.ts';
import type { ResolvedModel } from '../../workflows/contract/definition.ts';
import { defaultModelOf, type Provider, resolvedModel } from './providers.ts';

/** The provider that is always there, and its model. */
export const REHEARSAL = 'rehearsal';
export const REHEARSAL_MODEL = 'rehearsal-1';
const WAYS_OUT =
  'Add the provider with POST /v1/providers, name a model that GET /v1/models lists, or leave models empty to take the default.';

/** A model, or why it cannot be had. */
export type Choice =
  | { readonly status: 'chosen'; readonly model: ResolvedModel }
  | { readonly status: 'unavailable'; readonly message: string };

/** The model that an agent names: of one's own provider of that name, else the shared one, else the environment's. Never another one in its place. */
export function chooseNamed(providers: readonly Provider[], ref: ModelRef): Choice {
  const provider = providers.find(({ name }) => name === ref.provider);
  if (!provider && ref.provider === REHEARSAL) return chooseRehearsal(ref.model);
  if (!provider) return unavailable(`There is no provider "${ref.provider}".`);
  const refusal = refusalOf(provider);
  if (refusal !== null) return unavailable(refusal);
  const entry = provider.catalog.find(({ modelName }) => modelName === ref.model);
  if (!entry && provider.catalog.length > 0)
    return unavailable(
      `The provider "${provider.name}" lists no model "${ref.model}"; it has ${provider.catalog.map(({ modelName }) => modelName).join(', ')}.`,
    );
  return { status: 'chosen', model: resolvedModel(provider, ref.model, entry) };
}

/** What agents that name no model get, and why. */
export type DefaultChoice = Choice & { readonly reason: string };

/** The project's default provider, else the configured default model, else the first provider with credentials, else rehearsal. */
export function chooseDefault(
  providers: readonly Provider[],
  projectProviderId: string | null,
  configured: ModelRef | null,
): DefaultChoice {
  if (projectProviderId !== null) {
    const provider = providers.find(({ id }) => id === projectProviderId);
    return { ...chooseFirst(provider), reason: "the project's default provider" };
  }
  if (configured)
    return { ...chooseNamed(providers, configured), reason: 'CONCLAVE_DEFAULT_MODEL' };
  const withKey = providers.find(
    (provider) =>
      provider.hasCredentials && refusalOf(provider) === null && defaultModelOf(provider) !== null,
  );
  if (withKey) return { ...chooseFirst(withKey), reason: 'the first provider with credentials' };
  return {
    ...chooseRehearsal(REHEARSAL_MODEL),
    reason: "no provider with credentials lists a model: answers are rehearsed, not a model's",
  };
}

function chooseFirst(provider: Provider | undefined): Choice {
  if (!provider) return unavailable("The project's default provider is not there any more.");
  const refusal = refusalOf(provider);
  if (refusal !== null) return unavailable(refusal);
  const model = defaultModelOf(provider);
  if (model === null)
    return unavailable(`The provider "${provider.name}" lists no models to take one from.`);
  return { status: 'chosen', model: resolvedModel(provider, model, provider.catalog[0]) };
}

/** Rehearsal is always there, costs nothing, and is no model. */
function chooseRehearsal(model: string): Choice {
  if (!/^rehearsal-\d+$/.test(model))
    return unavailable(`Rehearsal has the model ${REHEARSAL_MODEL}; there is no "${model}".`);
  return {
    status: 'chosen',
    model: {
      provider: REHEARSAL,
      providerConfigId: null,
      providerType: REHEARSAL,
      model,
      contextWindow: null,
      maxOutputTokens: null,
      inputUsdPerMtok: '0',
      outputUsdPerMtok: '0',
      cachedUsdPerMtok: '0',
    },
  };
}

function refusalOf(provider: Provider): string | null {
  return provider.enabled ? null : `The provider "${provider.name}" is switched off; enable it.`;
}

const unavailable = (why: string): Choice => ({
  status: 'unavailable',
  message: `${why} ${WAYS_OUT}`,
});
