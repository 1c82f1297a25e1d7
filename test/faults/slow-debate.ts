import { expect } from 'vitest';
import type { FakeOpenAi } from '../support/fake-openai.ts';
import type { StartBody } from './bodies.ts';
import { debate } from './debates.ts';
import type { Engine } from './engine.ts';
import { playProvider } from './play-provider.ts';

/** A debate whose seats ask a provider that keeps a log of its own, and takes its time. */
export interface SlowDebate {
  readonly fake: FakeOpenAi;
  readonly body: StartBody;
  readonly turns: number;
}

/** Starts the provider, which the engine knows as `name`, for as long as the test lasts. */
export async function slowDebate(
  engine: Engine,
  name: string,
  options: { readonly tokenMs?: number; readonly seats?: number; readonly rounds?: number } = {},
): Promise<SlowDebate> {
  const { tokenMs = 4, seats = 5, rounds = 4 } = options;
  const fake = await playProvider(engine, name, {
    tokenDelayMs: tokenMs,
    models: [{ name: 'small', contextWindow: 64_000 }],
  });
  const body = debate({
    question: 'Rewrite it?',
    options: ['yes', 'no', 'later'],
    config: { maxRounds: rounds, consensusMethod: 'majority', allowEarlyTermination: false },
    debaters: Array.from({ length: seats }, () => ({ model: { provider: name, model: 'small' } })),
  });
  return { fake, body, turns: seats * rounds };
}

/** Waits until the provider has had some more calls. */
export async function underWay({ fake }: SlowDebate): Promise<void> {
  const before = fake.calls.length;
  await expect.poll(() => fake.calls.length, { timeout: 30_000 }).toBeGreaterThan(before + 3);
}
