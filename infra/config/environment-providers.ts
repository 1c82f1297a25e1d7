import type { ProviderType } from '../../workflows/domain/enums.ts';
import { HOSTED_ENDPOINTS } from '../llm/defaults.ts';
import type { Environment } from './environment.ts';

/** A provider that the environment configures. */
export interface EnvironmentProvider {
  /** As its type is called; a provider that an owner adds under this name comes first. */
  readonly name: ProviderType;
  readonly providerType: ProviderType;
  readonly endpoint: string;
  /** Undefined: it wants none. */
  readonly apiKey: string | undefined;
}

/** The providers whose key, or for Ollama whose address, is set. */
export function environmentProvidersFrom(values: Environment): readonly EnvironmentProvider[] {
  const { OPENAI_BASE_URL, ANTHROPIC_BASE_URL, GOOGLE_GENERATIVE_AI_BASE_URL } = values;
  const keyed = [
    hosted('anthropic', values.ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL),
    hosted('openai', values.OPENAI_API_KEY, OPENAI_BASE_URL),
    hosted('google', values.GOOGLE_GENERATIVE_AI_API_KEY, GOOGLE_GENERATIVE_AI_BASE_URL),
    hosted('openrouter', values.OPENROUTER_API_KEY, values.OPENROUTER_BASE_URL),
    hosted('huggingface', values.HF_TOKEN, undefined),
  ];
  const { OLLAMA_HOST: endpoint } = values;
  const local: EnvironmentProvider[] =
    endpoint === undefined
      ? []
      : [{ name: 'ollama', providerType: 'ollama', endpoint, apiKey: undefined }];
  return [...keyed.flat(), ...local];
}

function hosted(
  name: ProviderType,
  apiKey: string | undefined,
  baseUrl: string | undefined,
): EnvironmentProvider[] {
  const endpoint = baseUrl ?? HOSTED_ENDPOINTS[name];
  return apiKey === undefined || endpoint === undefined
    ? []
    : [{ name, providerType: name, endpoint, apiKey }];
}
