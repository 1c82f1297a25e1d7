import { onTestFinished } from 'vitest';
import {
  type FakeOpenAi,
  type FakeOpenAiOptions,
  startFakeOpenAi,
} from '../support/fake-openai.ts';
import type { Engine } from './engine.ts';

/** Has a local fake play a provider, which the engine knows as `name`, for as long as the test lasts; its models have prices. */
export async function playProvider(
  engine: Engine,
  name: string,
  {
    models = [{ name: 'small' }],
    ...options
  }: FakeOpenAiOptions & {
    readonly models?: readonly { readonly name: string; readonly contextWindow?: number }[];
  } = {},
): Promise<FakeOpenAi> {
  const fake = await startFakeOpenAi(options);
  onTestFinished(() => fake[Symbol.asyncDispose]());
  const { status } = await engine.http.post('/v1/providers', {
    name,
    providerType: 'openai_compatible',
    apiEndpoint: fake.url,
    authType: 'none',
    models: models.map((model) => ({ ...model, inputUsdPerMtok: '1', outputUsdPerMtok: '2' })),
  });
  if (status !== 201) throw new Error(`the provider ${name} was not made: ${status}`);
  return fake;
}
