import type { ModelProvider } from '../../../activities/ports/models.ts';
import { ADAPTERS } from '../../../infra/llm/adapters.ts';
import { safeFetch } from '../../../infra/llm/safe-fetch.ts';
import { makeSdkProvider } from '../../../infra/llm/sdk-provider.ts';

/** A provider of a type at an address, named `local`. */
export function providerAt(
  providerType: keyof typeof ADAPTERS,
  options: {
    readonly endpoint: string;
    readonly apiKey: string | undefined;
    readonly hasJsonSchema?: boolean;
  },
): ModelProvider {
  const { endpoint, apiKey, hasJsonSchema = true } = options;
  const adapter = ADAPTERS[providerType]({ endpoint, apiKey, fetch: safeFetch(apiKey) });
  return makeSdkProvider({ name: 'local', adapter, apiKey, hasJsonSchema });
}
