/**
 * A local server that speaks the OpenAI Chat Completions protocol.
 *
 * `node test/support/fake-openai.ts --port 9123 --log calls.jsonl [--token-delay 20]` runs it by itself; faults are then
 * asked for with `POST /faults` and a JSON list.
 */
import { appendFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { CHAT } from './fake-chat.ts';
import type { ChatBody } from './fake-openai-answers.ts';
import { type FakeProvider, type FakeProviderOptions, startFakeProvider } from './fake-provider.ts';

export type FakeOpenAiOptions = FakeProviderOptions<ChatBody>;
export type FakeOpenAi = FakeProvider<ChatBody>;

/** Starts the server on loopback. Dispose of it to stop it and to cut what is open. */
export const startFakeOpenAi = (options?: FakeOpenAiOptions): Promise<FakeOpenAi> =>
  startFakeProvider(CHAT, options);

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      log: { type: 'string' },
      'token-delay': { type: 'string', default: '0' },
    },
  });
  const { log } = values;
  const fake = await startFakeOpenAi({
    port: Number(values.port),
    tokenDelayMs: Number(values['token-delay']),
    ...(log !== undefined && {
      onCall: (call) => appendFileSync(log, `${JSON.stringify(call)}\n`),
    }),
  });
  process.stdout.write(`${fake.url}\n`);
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => void fake[Symbol.asyncDispose]());
}
