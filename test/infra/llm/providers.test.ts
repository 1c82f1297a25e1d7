import { describe, expect, onTestFinished, test } from 'vitest';
import { toJSONSchema, z } from 'zod';
import type { ModelProvider, ModelRequest } from '../../../activities/ports/models.ts';
import { ModelCallFailed } from '../../../workflows/contract/errors.ts';
import { ANTHROPIC } from '../../support/fake-anthropic.ts';
import { CHAT, OPENROUTER } from '../../support/fake-chat.ts';
import { GOOGLE } from '../../support/fake-google.ts';
import { OLLAMA } from '../../support/fake-ollama.ts';
import type { FakeProtocol } from '../../support/fake-protocol.ts';
import {
  type FakeProvider,
  type FakeProviderOptions,
  startFakeProvider,
} from '../../support/fake-provider.ts';
import { HUGGINGFACE, RESPONSES } from '../../support/fake-responses.ts';
import { providerAt } from './provider-at.ts';
import { aRequest, listener } from './requests.ts';

const KEY = 'key-0123456789-abcdefghijklmnop';
const Verdict = z.object({
  text: z.string().min(1),
  confidence: z.number().min(0).max(1),
  choice: z.enum(['yes', 'no']),
});
const Weather = z.object({ city: z.string(), unit: z.enum(['celsius', 'fahrenheit']) });
const verdictRequest = (rest: Partial<ModelRequest> = {}) =>
  aRequest({ ...rest, schema: { name: 'verdict', json: toJSONSchema(Verdict) } });
const toolRequest = () =>
  aRequest({
    tools: [
      { name: 'weather', description: 'The weather of a city', parameters: toJSONSchema(Weather) },
    ],
  });

/** A provider, and what its protocol can say. */
interface Row {
  readonly type: Parameters<typeof providerAt>[0];
  start(options: object): Promise<FakeProvider<unknown>>;
  /** Of the first request; null: it has none. */
  readonly requestId: string | null;
  readonly cached: boolean;
  readonly reasoning: boolean;
  readonly refusals: readonly ('refusal' | 'content_filter')[];
}

const row = <Body>(
  type: Row['type'],
  protocol: FakeProtocol<Body>,
  rest: Partial<Omit<Row, 'type' | 'start'>> = {},
): Row => ({
  type,
  start: (options: FakeProviderOptions<Body>) => startFakeProvider(protocol, options),
  requestId: 'req_1',
  cached: true,
  reasoning: true,
  refusals: ['refusal', 'content_filter'],
  ...rest,
});

const ROWS: readonly Row[] = [
  row('openai', RESPONSES),
  row('anthropic', ANTHROPIC, { reasoning: false }),
  row('google', GOOGLE, { requestId: 'google-fake' }),
  row('ollama', OLLAMA, { requestId: null, cached: false, reasoning: false, refusals: [] }),
  row('huggingface', HUGGINGFACE, { refusals: ['content_filter'] }),
  row('openrouter', OPENROUTER),
  row('openai_compatible', CHAT),
];

describe.each(ROWS)('$type', (protocol) => {
  async function started(
    options: Omit<FakeProviderOptions<unknown>, 'answer'> & { answer?: () => string } = {},
  ): Promise<{ fake: FakeProvider<unknown>; provider: ModelProvider }> {
    const fake = await protocol.start({ apiKey: KEY, ...options });
    onTestFinished(() => fake[Symbol.asyncDispose]());
    return { fake, provider: providerAt(protocol.type, { endpoint: fake.url, apiKey: KEY }) };
  }
  test('text, token by token, with the request’s id and what was used', async () => {
    const { fake, provider } = await started({ reasoningTokens: 7 });
    const { options, tokens } = listener();

    const completion = await provider.complete(aRequest(), options);

    expect(completion.text).toMatch(/^Answer [0-9a-f]{8} to: Question: Ship on Friday\?$/);
    expect(tokens.join('')).toBe(completion.text);
    expect(tokens.length).toBeGreaterThan(3);
    expect(completion).toMatchObject({ finishReason: 'stop', structured: null, toolCalls: [] });
    const input = completion.usage.input;
    expect(input).toBeGreaterThan(10);
    expect(completion.usage).toEqual({
      input,
      cached: protocol.cached ? Math.floor(input / 2) : 0,
      output: tokens.length + 7,
      reasoning: protocol.reasoning ? 7 : 0,
    });
    expect(completion.providerRequestId).toBe(protocol.requestId);
    expect(fake.calls).toMatchObject([{ idempotencyKey: 'execution/1/0', key: KEY }]);
  });

  test.each([
    ['text', 'One two three four five.', aRequest()],
    ['a structured answer', '{"text": "One two three four five."}', verdictRequest()],
  ])('of %s the first token is there long before the last', async (_, answer, request) => {
    const { provider } = await started({ tokenDelayMs: 25, answer: () => answer });
    const at: number[] = [];
    const began = performance.now();

    const { firstTokenMs } = await provider.complete(request, {
      ...listener().options,
      onToken: () => void at.push(performance.now() - began),
    });

    expect(at.at(-1)! - at[0]!).toBeGreaterThan(75);
    expect(firstTokenMs).toBeLessThanOrEqual(Math.ceil(at[0]!));
  });

  test('what is asked for is asked for in the protocol’s words', async () => {
    const { fake, provider } = await started();

    await ask(provider, aRequest({ temperature: 0.25, maxTokens: 77 }));

    const sent = JSON.stringify(fake.calls[0]?.body);
    for (const part of ['You are ada, a planner', 'Ship on Friday?', ':0.25', ':77'])
      expect(sent).toContain(part);
  });

  test('an answer that is too long is cut, and says so', async () => {
    const { provider } = await started();

    const completion = await ask(provider, aRequest({ maxTokens: 2 }));

    expect(completion).toMatchObject({ finishReason: 'length', usage: { output: 2 } });
    expect(completion.text).toHaveLength(8);
  });

  test('a structured answer, of which only the text is shown', async () => {
    const { provider } = await started();
    const { options, tokens } = listener();

    const { structured, finishReason } = await provider.complete(verdictRequest(), options);

    expect(tokens.join('')).toBe(Verdict.parse(structured).text);
    expect(tokens.length).toBeGreaterThan(3);
    expect(finishReason).toBe('stop');
  });

  test('a tool call', async () => {
    const { provider } = await started({ callsTool: true });

    const completion = await ask(provider, toolRequest());

    expect(completion).toMatchObject({ text: '', finishReason: 'tool_calls' });
    const [call, ...others] = completion.toolCalls;
    expect(call).toMatchObject({ id: expect.stringMatching(/./), name: 'weather' });
    expect(Weather.safeParse(call?.arguments).success).toBe(true);
    expect(others).toEqual([]);
  });

  test.each([
    ['429', { kind: 'rate_limited' }, { outcomeKnown: true }],
    ['500', { kind: 'status', status: 500 }, { outcomeKnown: true }],
    ['a stream that is cut', { kind: 'cut', afterChunks: 3 }, { outcomeKnown: false }],
    ['a connection that is cut', { kind: 'cut', afterChunks: 0 }, { outcomeKnown: false }],
    ['an answer without an end', { kind: 'unfinished' }, { outcomeKnown: false }],
    ['malformed JSON', { kind: 'malformed' }, { outcomeKnown: false }],
    [
      'an error in the stream',
      { kind: 'error_in_stream', message: 'busy' },
      { outcomeKnown: false },
    ],
    ['a web page', { kind: 'html' }, { outcomeKnown: false }],
  ] as const)('%s is tried again, and only by the caller', async (_, fault, expected) => {
    const { fake, provider } = await started();
    fake.failNext(fault);

    const failure = await failureOf(ask(provider));

    expect(failure).toMatchObject({ code: 'model_unavailable', retryable: true, ...expected });
    expect(fake.calls).toHaveLength(1);
  });

  test('Retry-After is seconds, or a date', async () => {
    const { fake, provider } = await started();
    const date = new Date(Date.now() + 90_000).toUTCString();
    fake.failNext(
      { kind: 'rate_limited', retryAfter: '7' },
      { kind: 'rate_limited', retryAfter: date },
    );

    const seconds = await failureOf(ask(provider));
    const dated = await failureOf(ask(provider));

    expect(seconds.retryAfterMs).toBe(7_000);
    expect(dated.retryAfterMs).toBeGreaterThan(85_000);
    expect(dated.retryAfterMs).toBeLessThanOrEqual(90_000);
  });

  test('a server that hangs is given up in time', async () => {
    const { fake, provider } = await started();
    fake.failNext({ kind: 'hang' });

    const failure = await failureOf(ask(provider, aRequest({ timeoutMs: 100 })));

    expect(failure).toMatchObject({ retryable: true, outcomeKnown: false });
    expect(failure.message).toContain('within 0.1 s');
    await expect.poll(() => fake.calls[0]?.aborted).toBe(true);
  });

  for (const kind of protocol.refusals)
    test(`${kind} is final, and paid for`, async () => {
      const { fake, provider } = await started();
      fake.failNext({ kind });

      const failure = await failureOf(ask(provider));

      expect(failure).toMatchObject({ code: 'model_refused', retryable: false });
      expect(failure.usage?.input).toBeGreaterThan(10);
    });

  test('a wrong key is final; the provider’s reason is told, the key is not', async () => {
    const { provider } = await started({ apiKey: 'another' });

    const failure = await failureOf(ask(provider));

    expect(failure).toMatchObject({ code: 'model_unavailable', retryable: false });
    expect(failure.message).toContain('Incorrect API key provided: …');
    expect(JSON.stringify([failure.message, failure.cause, failure.stack])).not.toContain(KEY);
  });

  test('a redirect is not followed', async () => {
    const { fake, provider } = await started();
    const { fake: elsewhere } = await started();
    fake.failNext({ kind: 'redirect', to: elsewhere.url });

    const failure = await failureOf(ask(provider));

    expect(failure.retryable).toBe(false);
    expect(elsewhere.calls).toEqual([]);
  });

  test('a caller that gives up stops the provider, and gets its own reason', async () => {
    const { fake, provider } = await started({
      tokenDelayMs: 20,
      answer: () => 'word '.repeat(200),
    });
    const caller = new AbortController();
    const reason = new Error('cancelled by a person');

    const call = provider.complete(aRequest(), {
      ...listener(caller.signal).options,
      onToken: () => caller.abort(reason),
    });

    await expect(call).rejects.toBe(reason);
    await expect.poll(() => fake.calls[0]?.aborted).toBe(true);
  });

  test('without a key none is sent, not even one of the environment', async () => {
    const names = [
      'OPENAI_API_KEY',
      'ANTHROPIC_API_KEY',
      'GOOGLE_GENERATIVE_AI_API_KEY',
      'HUGGINGFACE_API_KEY',
    ];
    const before = names.map((name) => process.env[name]);
    onTestFinished(() => names.forEach((name, i) => restore(name, before[i])));
    for (const name of names) process.env[name] = KEY;
    const fake = await protocol.start({});
    onTestFinished(() => fake[Symbol.asyncDispose]());

    await ask(providerAt(protocol.type, { endpoint: fake.url, apiKey: undefined }));

    expect(fake.calls).toMatchObject([{ key: null, authorization: null }]);
  });
});

const ask = (provider: ModelProvider, request = aRequest()) =>
  provider.complete(request, listener().options);

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

/** How a call fails. */
async function failureOf(call: Promise<unknown>): Promise<ModelCallFailed> {
  const error: unknown = await call.catch((thrown: unknown) => thrown);
  if (error instanceof ModelCallFailed) return error;
  throw new Error('not a ModelCallFailed', { cause: error });
}
