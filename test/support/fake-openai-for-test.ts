import { onTestFinished } from 'vitest';
import { type FakeOpenAi, type FakeOpenAiOptions, startFakeOpenAi } from './fake-openai.ts';

/** A fake provider that lives as long as the test that is running. */
export async function fakeOpenAiForTest(options?: FakeOpenAiOptions): Promise<FakeOpenAi> {
  const fake = await startFakeOpenAi(options);
  onTestFinished(() => fake[Symbol.asyncDispose]());
  return fake;
}
