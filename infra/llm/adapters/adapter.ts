import type { LanguageModel, streamText } from 'ai';
import type { ModelRequest } from '../../../activities/ports/models.ts';

/** How a provider is reached. */
export interface Connection {
  /** Its address, without a slash at the end. */
  readonly endpoint: string;
  /** Undefined: no credentials, and none of the environment in their place. */
  readonly apiKey: string | undefined;
  /** To be used for every request: it follows no redirects, and sends no credentials where there are none. */
  readonly fetch: typeof fetch;
}

/** What differs between providers; everything else is one path for all of them. */
export interface Adapter {
  /** The model of that name, in the form of the `ai` package. */
  readonly model: (name: string) => Exclude<LanguageModel, string>;
  /** What goes with a request beside what all providers are told, by the name that the package reads it under. */
  readonly options?: (request: ModelRequest) => ProviderOptions;
}
type ProviderOptions = NonNullable<Parameters<typeof streamText>[0]['providerOptions']>;

export type MakeAdapter = (connection: Connection) => Adapter;
