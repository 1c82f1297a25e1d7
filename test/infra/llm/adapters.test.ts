import { expect, onTestFinished, test } from 'vitest';
import { readToolCall } from '../../../infra/llm/tool-calls.ts';
import { ModelCallFailed } from '../../../workflows/contract/errors.ts';
import { CHAT, OPENROUTER } from '../../support/fake-chat.ts';
import { GOOGLE } from '../../support/fake-google.ts';
import { OLLAMA } from '../../support/fake-ollama.ts';
import type { FakeProtocol } from '../../support/fake-protocol.ts';
import { type FakeProviderOptions, startFakeProvider } from '../../support/fake-provider.ts';
import { HUGGINGFACE, RESPONSES } from '../../support/fake-responses.ts';
import { providerAt } from './provider-at.ts';
import { aRequest, listener } from './requests.ts';

async function started<Body>(
  type: Parameters<typeof providerAt>[0],
  protocol: FakeProtocol<Body>,
  options?: FakeProviderOptions<Body>,
) {
  const fake = await startFakeProvider(protocol, options);
  onTestFinished(() => fake[Symbol.asyncDispose]());
  const provider = providerAt(type, { endpoint: fake.url, apiKey: 'sk-1' });
  const ask = (request = aRequest()) => provider.complete(request, listener().options);
  const fail = async (): Promise<ModelCallFailed> => {
    const error: unknown = await ask().catch((thrown: unknown) => thrown);
    if (error instanceof ModelCallFailed) return error;
    throw new Error('not a ModelCallFailed', { cause: error });
  };
  return { fake, ask, fail };
}

const refused = (param: string, code: string) =>
  ({ kind: 'status', status: 400, param, code, message: `Unsupported: '${param}'.` }) as const;

test('a model that takes only max_completion_tokens, and no temperature, is asked so', async () => {
  const { fake, ask } = await started('openai_compatible', CHAT);
  fake.failNext(
    refused('max_tokens', 'unsupported_parameter'),
    refused('temperature', 'unsupported_value'),
  );

  const { text } = await ask(aRequest({ maxTokens: 77, temperature: 0.2 }));

  expect(text).toContain('Ship on Friday?');
  expect(fake.calls.map(({ body }) => body)).toMatchObject([
    { max_tokens: 77, temperature: 0.2 },
    { max_completion_tokens: 77, temperature: 0.2 },
    { max_completion_tokens: 77 },
  ]);
  expect(fake.calls[1]?.body).not.toHaveProperty('max_tokens');
  expect(fake.calls[2]?.body).not.toHaveProperty('temperature');
  expect(new Set(fake.calls.map(({ idempotencyKey }) => idempotencyKey))).toEqual(
    new Set(['execution/1/0']),
  );
});

test('any other refusal is one: a parameter is left out once, and only where it is named', async () => {
  const { fake, fail } = await started('openai_compatible', CHAT);
  const again = refused('max_tokens', 'unsupported_parameter');

  fake.failNext(again, again);
  expect(await fail()).toMatchObject({ retryable: false });
  expect(fake.calls).toHaveLength(2);

  fake.failNext(refused('max_tokens', 'invalid_value'));
  expect(await fail()).toMatchObject({ retryable: false });
  expect(fake.calls).toHaveLength(3);
});

test('OpenAI keeps no answers', async () => {
  const { fake, ask } = await started('openai', RESPONSES);

  await ask();

  expect(fake.calls[0]?.body.store).toBe(false);
});

test('Google says in the body when to come back', async () => {
  const { fake, fail } = await started('google', GOOGLE);
  const details = [
    { '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations: [] },
    { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '12.5s' },
  ];
  const error = { code: 429, message: 'Quota exceeded.', status: 'RESOURCE_EXHAUSTED', details };
  fake.failNext({ kind: 'body', status: 429, body: { error } });

  const failure = await fail();

  expect(failure).toMatchObject({ retryable: true, retryAfterMs: 12_500 });
  expect(failure.message).toContain('Quota exceeded.');
});

test('Ollama is asked in its options, and says why it failed in its own form', async () => {
  const { fake, ask, fail } = await started('ollama', OLLAMA);

  await ask(aRequest({ temperature: 0.25, maxTokens: 77 }));
  fake.failNext(
    { kind: 'status', status: 404, message: 'model "m-1" not found, try pulling it first' },
    { kind: 'error_in_stream', message: 'an unexpected error was found: out of memory' },
  );
  const [unknown, broken] = [await fail(), await fail()];

  expect(fake.calls[0]?.body.options).toEqual({ temperature: 0.25, num_predict: 77 });
  expect(unknown.retryable).toBe(false);
  expect(unknown.message).toContain('try pulling it first');
  expect(broken).toMatchObject({ retryable: true, outcomeKnown: false });
  expect(broken.message).toContain('out of memory');
});

test('Hugging Face’s errors of one word are told', async () => {
  const { fake, fail } = await started('huggingface', HUGGINGFACE);
  fake.failNext({ kind: 'body', status: 401, body: { error: 'Invalid username or password.' } });

  expect((await fail()).message).toContain('The provider says: Invalid username or password.');
});

test('OpenRouter’s moderation is a refusal, an empty account is final', async () => {
  const { fake, fail } = await started('openrouter', OPENROUTER);
  const metadata = { reasons: ['violence'], flagged_input: '…', provider_name: 'acme' };
  fake.failNext(
    { kind: 'body', status: 403, body: { error: { code: 403, message: 'Flagged.', metadata } } },
    { kind: 'status', status: 402, message: 'Insufficient credits.' },
  );

  const [flagged, empty] = [await fail(), await fail()];

  expect(flagged).toMatchObject({ code: 'model_refused', retryable: false });
  expect(empty).toMatchObject({ code: 'model_unavailable', retryable: false });
  expect(empty.message).toContain('no credit left');
});

const called = (input: unknown) =>
  readToolCall('The model', { toolCallId: 'c\u0000', toolName: 'weather\u0000', input });

test('a tool call is cleaned; one without an object of arguments is the model’s fault', () => {
  const deep = JSON.parse(`${'{"a":'.repeat(100)}1${'}'.repeat(100)}`) as unknown;

  expect(called({ city: 'Ghent\u0000', at: ['\ud800'] })).toEqual({
    id: 'c',
    name: 'weather',
    arguments: { city: 'Ghent', at: ['\ufffd'] },
  });
  for (const input of ['{"city":', ['Ghent'], null, deep, { city: 'x'.repeat(2_000_000) }])
    expect(() => called(input)).toThrow(
      expect.objectContaining({ code: 'invalid_output', retryable: true }),
    );
});

test('a call with arguments that are no JSON is the model’s fault', async () => {
  const broken: typeof CHAT = {
    ...CHAT,
    wire: (request, usage) => {
      const wire = CHAT.wire(request, usage);
      return {
        ...wire,
        toolCall: (name, args) =>
          wire.toolCall(name, args).replace(/"arguments":"\{/, '"arguments":"'),
      };
    },
  };
  const { ask } = await started('openai_compatible', broken, { callsTool: true });
  const parameters = { type: 'object', properties: { city: { type: 'string' } } };

  const asking = ask(aRequest({ tools: [{ name: 'weather', description: '', parameters }] }));

  await expect(asking).rejects.toMatchObject({ code: 'invalid_output', retryable: true });
});
