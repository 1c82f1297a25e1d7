import { describe, expect, test } from 'vitest';
import { toJSONSchema, z } from 'zod';
import type { ModelRequest } from '../../../activities/ports/models.ts';
import { providerAt } from './provider-at.ts';
import { ModelCallFailed } from '../../../workflows/contract/errors.ts';
import { fakeOpenAiForTest } from '../../support/fake-openai-for-test.ts';
import { type FakeOpenAi, startFakeOpenAi } from '../../support/fake-openai.ts';
import { aRequest, listener } from './requests.ts';

const KEY = 'sk-test-0123456789abcdefghijklmnop';

const localAt = (endpoint: string, apiKey: string | undefined = KEY, hasJsonSchema = true) =>
  providerAt('openai_compatible', { endpoint, apiKey, hasJsonSchema });

const ask = async ({ url }: FakeOpenAi, request = aRequest()) =>
  localAt(url).complete(request, listener().options);

/** How a call fails. */
async function failureOf(call: Promise<unknown>): Promise<ModelCallFailed> {
  const error: unknown = await call.catch((thrown: unknown) => thrown);
  if (error instanceof ModelCallFailed) return error;
  throw new Error('not a ModelCallFailed', { cause: error });
}

const Verdict = z.object({
  text: z.string().min(1),
  confidence: z.number().min(0).max(1),
  choice: z.enum(['yes', 'no']),
});
const verdictRequest = (rest: Partial<ModelRequest> = {}) =>
  aRequest({ ...rest, schema: { name: 'verdict', json: toJSONSchema(Verdict) } });

describe('an answer', () => {
  test('is asked for in the protocol’s words', async () => {
    const fake = await fakeOpenAiForTest({ apiKey: KEY });
    await ask(fake, aRequest({ temperature: 0.2, maxTokens: 77 }));

    expect(fake.calls).toMatchObject([
      {
        idempotencyKey: 'execution/1/0',
        authorization: `Bearer ${KEY}`,
        body: {
          model: 'm-1',
          messages: [
            { role: 'system', content: 'You are ada, a planner in a group of agents.' },
            { role: 'user', content: 'Question:\nShip on Friday?' },
          ],
          temperature: 0.2,
          max_tokens: 77,
          stream: true,
          stream_options: { include_usage: true },
        },
      },
    ]);
  });

  test('comes with text, usage and the provider’s request id', async () => {
    const fake = await fakeOpenAiForTest({ apiKey: KEY });
    const { options, tokens } = listener();

    const completion = await localAt(fake.url).complete(aRequest(), options);

    expect(completion.text).toMatch(/^Answer [0-9a-f]{8} to: Question: Ship on Friday\?$/);
    expect(tokens.join('')).toBe(completion.text);
    expect(tokens.length).toBeGreaterThan(3);
    expect(completion).toMatchObject({
      structured: null,
      finishReason: 'stop',
      providerRequestId: 'req_1',
      usage: { input: 33, cached: 16, output: tokens.length, reasoning: 0 },
    });
    expect(completion.firstTokenMs).toBeGreaterThanOrEqual(0);
  });

  test('is shown as it is written', async () => {
    const fake = await fakeOpenAiForTest({
      tokenDelayMs: 25,
      answer: () => 'One two three four five.',
    });
    const at: number[] = [];
    const began = performance.now();

    const { firstTokenMs } = await localAt(fake.url).complete(aRequest(), {
      ...listener().options,
      onToken: () => void at.push(performance.now() - began),
    });

    expect(at.at(-1)! - at[0]!).toBeGreaterThan(75);
    expect(firstTokenMs).toBeLessThanOrEqual(Math.ceil(at[0]!));
  });

  test('that is too long is cut, and says so', async () => {
    const fake = await fakeOpenAiForTest({ apiKey: KEY });
    const completion = await ask(fake, aRequest({ maxTokens: 2 }));

    expect(completion).toMatchObject({ finishReason: 'length', usage: { output: 2 } });
    expect(completion.text).toHaveLength(8);
  });

  test('has an estimated usage where the provider does not count', async () => {
    const fake = await fakeOpenAiForTest({ reportsUsage: false, answer: () => 'x'.repeat(40) });

    const { usage } = await ask(
      fake,
      aRequest({ system: 's'.repeat(20), messages: [{ role: 'user', text: 'u'.repeat(20) }] }),
    );

    expect(usage).toEqual({ input: 10, cached: 0, output: 10, reasoning: 0 });
  });

  test('is cleaned', async () => {
    const fake = await fakeOpenAiForTest({ answer: () => 'It\u0000 leaks 😀.' });

    const { text } = await ask(fake);

    expect(text).toBe('It leaks 😀.');
  });

  test('needs no key where the provider wants none', async () => {
    const fake = await fakeOpenAiForTest();
    const provider = providerAt('openai_compatible', { endpoint: fake.url, apiKey: undefined });

    await provider.complete(aRequest(), listener().options);

    expect(fake.calls[0]?.authorization).toBeNull();
  });
});

describe('a structured answer', () => {
  test('is asked for by schema, and only its text is shown', async () => {
    const fake = await fakeOpenAiForTest({ apiKey: KEY });
    const { options, tokens } = listener();

    const completion = await localAt(fake.url).complete(verdictRequest(), options);

    const answer = Verdict.parse(completion.structured);
    expect(tokens.join('')).toBe(answer.text);
    expect(fake.calls[0]?.body.response_format).toMatchObject({
      type: 'json_schema',
      json_schema: {
        name: 'verdict',
        strict: true,
        schema: { properties: { choice: { enum: ['yes', 'no'] } } },
      },
    });
  });

  test('is asked for without strictness where the schema has optional fields', async () => {
    const fake = await fakeOpenAiForTest({ apiKey: KEY });
    const json = toJSONSchema(Verdict.partial());

    const { structured } = await ask(fake, aRequest({ schema: { name: 'verdict', json } }));

    expect(structured).toMatchObject({ choice: expect.stringMatching(/yes|no/) });
    expect(fake.calls[0]?.body.response_format?.json_schema?.strict).toBe(false);
  });

  test('is asked for in words where the model knows no schemas', async () => {
    const fake = await fakeOpenAiForTest({
      answer: () => '```json\n{"text":"It leaks.","choice":"no"}\n```',
    });
    const { options, tokens } = listener();

    const completion = await localAt(fake.url, KEY, false).complete(verdictRequest(), options);

    expect(completion.structured).toEqual({ text: 'It leaks.', choice: 'no' });
    expect(tokens.join('')).toBe('It leaks.');
    const [{ body }] = fake.calls as [(typeof fake.calls)[0]];
    expect(body.response_format).toBeUndefined();
    expect(body.messages[0]?.content).toContain('"enum":["yes","no"]');
  });

  test('that is no JSON comes back as text', async () => {
    const fake = await fakeOpenAiForTest({ answer: () => 'I would rather not.' });

    const completion = await ask(fake, verdictRequest());

    expect(completion).toMatchObject({ structured: null, text: 'I would rather not.' });
  });
});

describe('a failure that a later attempt may cure', () => {
  test.each([
    ['429', { kind: 'rate_limited' }, { outcomeKnown: true }],
    ['500', { kind: 'status', status: 500 }, { outcomeKnown: true }],
    ['503', { kind: 'status', status: 503 }, { outcomeKnown: true }],
    ['504', { kind: 'status', status: 504 }, { outcomeKnown: false }],
    [
      'a connection cut before the answer',
      { kind: 'cut', afterChunks: 0 },
      { outcomeKnown: false },
    ],
    [
      'a connection cut within the answer',
      { kind: 'cut', afterChunks: 3 },
      { outcomeKnown: false },
    ],
    ['an answer without an end', { kind: 'unfinished' }, { outcomeKnown: false }],
    ['a malformed answer', { kind: 'malformed' }, { outcomeKnown: false }],
    [
      'an error within the answer',
      { kind: 'error_in_stream', message: 'overloaded' },
      { outcomeKnown: false },
    ],
    ['a web page', { kind: 'html' }, { outcomeKnown: false }],
  ] as const)('%s', async (_, fault, expected) => {
    const fake = await fakeOpenAiForTest();
    fake.failNext(fault);

    const failure = await failureOf(ask(fake));

    expect(failure).toMatchObject({ code: 'model_unavailable', retryable: true, ...expected });
    expect(fake.calls).toHaveLength(1);
  });

  test('says when to come back: in seconds, or at a date', async () => {
    const fake = await fakeOpenAiForTest({ apiKey: KEY });
    const date = new Date(Date.now() + 90_000).toUTCString();
    fake.failNext(
      { kind: 'rate_limited', retryAfter: '7' },
      { kind: 'rate_limited', retryAfter: date },
      { kind: 'rate_limited', retryAfter: 'soon' },
    );

    const failures = [
      await failureOf(ask(fake)),
      await failureOf(ask(fake)),
      await failureOf(ask(fake)),
    ];

    expect(failures[0]?.retryAfterMs).toBe(7_000);
    expect(failures[1]?.retryAfterMs).toBeGreaterThan(85_000);
    expect(failures[1]?.retryAfterMs).toBeLessThanOrEqual(90_000);
    expect(failures[2]?.retryAfterMs).toBeUndefined();
  });

  test('a refused connection: nothing was sent', async () => {
    const gone = await startFakeOpenAi();
    await gone[Symbol.asyncDispose]();

    const failure = await failureOf(ask(gone));

    expect(failure).toMatchObject({ retryable: true, outcomeKnown: true });
    expect(failure.message).toContain('ECONNREFUSED');
  });

  test('no answer in time', async () => {
    const fake = await fakeOpenAiForTest({ apiKey: KEY });
    fake.failNext({ kind: 'hang' });

    const failure = await failureOf(ask(fake, aRequest({ timeoutMs: 100 })));

    expect(failure).toMatchObject({ retryable: true, outcomeKnown: false });
    expect(failure.message).toContain('within 0.1 s');
  });
});

describe('a failure for good', () => {
  test.each([
    [400, undefined, 'maxTokens'],
    [401, 'invalid_api_key', 'valid credentials'],
    [403, undefined, 'the account'],
    [404, 'model_not_found', 'apiEndpoint'],
    [422, undefined, 'settings'],
    [429, 'insufficient_quota', 'no credit left'],
  ] as const)('%i %s names what to fix', async (status, code, remedy) => {
    const fake = await fakeOpenAiForTest();
    fake.failNext({ kind: 'status', status, ...(code && { code }) });

    const failure = await failureOf(ask(fake));

    expect(failure).toMatchObject({
      code: 'model_unavailable',
      retryable: false,
      outcomeKnown: true,
    });
    expect(failure.message).toContain(remedy);
  });

  test.each([
    { kind: 'refusal' },
    { kind: 'content_filter' },
    { kind: 'status', status: 400, code: 'content_filter' },
  ] as const)('$kind is a refusal', async (fault) => {
    const fake = await fakeOpenAiForTest();
    fake.failNext(fault);

    const failure = await failureOf(ask(fake));

    expect(failure).toMatchObject({ code: 'model_refused', retryable: false });
  });

  test('a refusal that was paid for says what it used', async () => {
    const fake = await fakeOpenAiForTest({ apiKey: KEY });
    fake.failNext({ kind: 'refusal' });

    const { usage } = await failureOf(ask(fake));

    expect(usage?.input).toBe(33);
    expect(usage?.output).toBeGreaterThan(0);
  });

  test('a redirect is not followed', async () => {
    const fake = await fakeOpenAiForTest({ apiKey: KEY });
    const elsewhere = await fakeOpenAiForTest();
    fake.failNext({ kind: 'redirect', to: `${elsewhere.url}/chat/completions` });

    const failure = await failureOf(ask(fake));

    expect(failure.retryable).toBe(false);
    expect(elsewhere.calls).toEqual([]);
  });
});

describe('a message', () => {
  test('repeats the provider’s reason, cleaned of keys', async () => {
    const fake = await fakeOpenAiForTest({ apiKey: 'another' });

    const failure = await failureOf(ask(fake));

    expect(failure.message).toContain('The provider says: Incorrect API key provided: …');
    expect(JSON.stringify([failure.message, failure.cause, failure.stack])).not.toContain(KEY);
  });

  test.each([
    ['its message', { messages: [{ role: 'user', text: 'Remember: the merger is on Monday!' }] }],
    ['its instructions', { system: 'You know that the merger is on\n Monday.' }],
    ['its options', { schema: { name: 'x', json: { enum: ['the merger is on Monday'] } } }],
  ] as const)('never quotes the prompt: %s', async (_, part) => {
    const fake = await fakeOpenAiForTest();
    fake.failNext({
      kind: 'status',
      status: 400,
      message: 'Cannot parse "the merger is on Monday".',
    });

    const failure = await failureOf(ask(fake, aRequest(part)));

    expect(failure.message).toMatch(/answered 400: .*fits the model\.$/);
    expect(failure.cause).toBeUndefined();
  });

  test('is short, whatever the provider says', async () => {
    const fake = await fakeOpenAiForTest();
    fake.failNext({
      kind: 'status',
      status: 500,
      message: `Bad\u0000 thing.\n${'again and '.repeat(1_000)}`,
    });

    const { message } = await failureOf(ask(fake));

    expect(message).toContain('The provider says: Bad thing. again');
    expect(message.length).toBeLessThan(350);
  });
});

test('a caller that gives up stops the provider, and gets its own reason', async () => {
  const fake = await fakeOpenAiForTest({ tokenDelayMs: 20, answer: () => 'word '.repeat(200) });
  const caller = new AbortController();
  const reason = new Error('cancelled by a person');

  const call = localAt(fake.url).complete(aRequest(), {
    ...listener(caller.signal).options,
    onToken: () => caller.abort(reason),
  });

  await expect(call).rejects.toBe(reason);
  await expect.poll(() => fake.calls[0]?.aborted).toBe(true);
});
