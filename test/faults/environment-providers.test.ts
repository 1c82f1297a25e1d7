import { expect, onTestFinished } from 'vitest';
import { ANTHROPIC } from '../support/fake-anthropic.ts';
import { GOOGLE } from '../support/fake-google.ts';
import { OLLAMA } from '../support/fake-ollama.ts';
import type { FakeProtocol } from '../support/fake-protocol.ts';
import { startFakeProvider } from '../support/fake-provider.ts';
import { test } from './engine.ts';

async function started<Body>(protocol: FakeProtocol<Body>, apiKey?: string) {
  const fake = await startFakeProvider(protocol, apiKey === undefined ? {} : { apiKey });
  onTestFinished(() => fake[Symbol.asyncDispose]());
  return fake;
}

const seat = (i: number, models: readonly object[]) => ({
  slot: `debater_${i}`,
  agent: { name: `agent_${i}`, role: 'critic', config: { models } },
});

test('a debate of three providers that the environment configures, one of them by default', async ({
  engine,
}) => {
  const claude = await started(ANTHROPIC, 'sk-ant-1');
  const gemini = await started(GOOGLE, 'g-1');
  const ollama = await started(OLLAMA);
  for (const role of ['api', 'inference'] as const) {
    await engine.system.end(role);
    await engine.system.start(role, {
      ANTHROPIC_API_KEY: 'sk-ant-1',
      ANTHROPIC_BASE_URL: claude.url,
      GOOGLE_GENERATIVE_AI_API_KEY: 'g-1',
      GOOGLE_GENERATIVE_AI_BASE_URL: gemini.url,
      OLLAMA_HOST: ollama.url,
    });
  }

  const id = await engine.start({
    inline: {
      type: 'debate',
      config: { maxRounds: 1, consensusMethod: 'majority' },
      members: [
        seat(1, []),
        seat(2, [{ provider: 'google', model: 'gemini-2.5-flash' }]),
        seat(3, [{ provider: 'ollama', model: 'qwen3' }]),
      ],
    },
    input: { question: 'Tea or coffee?', options: ['tea', 'coffee'] },
  });
  const closed = await engine.untilClosed(id);

  expect(closed.error).toBeNull();
  expect(closed.output!.votes).toHaveLength(3);
  expect(closed.usage).toMatchObject({ calls: 3, failedCalls: 0, rehearsal: false });
  expect(claude.calls.map(({ body }) => body.model)).toEqual(['claude-sonnet-4-20250514']);
  expect([gemini, ollama].map(({ calls }) => calls.length)).toEqual([1, 1]);
  const asked = [claude, gemini, ollama].map(({ calls }) => calls[0]?.idempotencyKey);
  const ledger = (await engine.callsOf(id)).map(({ key }) => key);
  expect(new Set(asked)).toEqual(new Set(ledger));
});
