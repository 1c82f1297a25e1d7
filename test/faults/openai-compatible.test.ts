import { afterEach, beforeEach, describe, expect } from 'vitest';
import { type FakeOpenAi, startFakeOpenAi } from '../support/fake-openai.ts';
import { answerTo, type ChatBody } from '../support/fake-openai-answers.ts';
import { debate } from './debates.ts';
import { type Engine, test } from './engine.ts';

const API_KEY = 'sk-only-the-provider-knows';

/** As the fake works it out, but for the judge, who puts all positions into one group. */
function answer(body: ChatBody): string {
  if (body.response_format?.json_schema?.name !== 'group') return answerTo(body);
  const positions = body.messages.at(-1)?.content.match(/^[A-Z]+(?=: )/gm) ?? [];
  return JSON.stringify({ groups: [positions] });
}

let fake: FakeOpenAi;
beforeEach(async () => {
  fake = await startFakeOpenAi({ apiKey: API_KEY, answer });
});
afterEach(() => fake[Symbol.asyncDispose]());

/** Registers the fake as a provider; its name. */
async function provider(engine: Engine): Promise<string> {
  const name = `fake-${new URL(fake.url).port}`;
  const { status, body } = await engine.http.post<{ hasCredentials: boolean }>('/v1/providers', {
    name,
    providerType: 'openai_compatible',
    apiEndpoint: fake.url,
    authType: 'bearer_token',
    credentials: { apiKey: API_KEY },
    models: [
      {
        name: 'small',
        contextWindow: 32_000,
        maxOutputTokens: 4_000,
        inputUsdPerMtok: '1',
        outputUsdPerMtok: '2',
        cachedUsdPerMtok: '0.5',
      },
    ],
  });
  expect(status).toBe(201);
  expect(body.hasCredentials).toBe(true);
  return name;
}

describe('agents of an OpenAI-compatible provider', () => {
  test('debate with options: what the provider was asked is what the ledger holds', async ({
    engine,
  }) => {
    const speaker = { model: { provider: await provider(engine), model: 'small' } };
    const id = await engine.start(
      debate({
        question: 'Tea or coffee?',
        options: ['tea', 'coffee'],
        config: { maxRounds: 2, consensusMethod: 'majority', allowEarlyTermination: false },
        debaters: [speaker, speaker, speaker],
      }),
    );

    const closed = await engine.untilClosed(id);

    expect(closed.error).toBeNull();
    expect(closed.state).toBe('completed');
    expect(closed.output!.votes).toHaveLength(3);
    expect(['tea', 'coffee']).toContain(closed.output!.answer);
    expect(closed.usage).toMatchObject({ calls: 6, attempts: 6, rehearsal: false });
    const asked = fake.calls.map(({ idempotencyKey }) => idempotencyKey);
    const ledger = (await engine.callsOf(id)).map(({ key }) => key);
    expect(asked).toHaveLength(ledger.length);
    expect(new Set(asked)).toEqual(new Set(ledger));
  });

  test('debate in free text: the judge’s groups and the mediator’s words count', async ({
    engine,
  }) => {
    const speaker = { model: { provider: await provider(engine), model: 'small' } };
    const id = await engine.start(
      debate({
        question: 'What shall we drink?',
        config: { maxRounds: 1, consensusMethod: 'mediator', convergenceThreshold: 1 },
        debaters: [speaker, speaker],
        mediator: speaker,
      }),
    );

    const closed = await engine.untilClosed(id);

    expect(closed.error).toBeNull();
    expect(closed.output).toMatchObject({ converged: true });
    expect(closed.output!.agreement).toBe(1);
    const names = fake.calls.map(({ body }) => body.response_format?.json_schema?.name);
    expect(names).toContain('group');
  });

  test('what fails for a while is tried again, and counted', async ({ engine }) => {
    const speaker = { model: { provider: await provider(engine), model: 'small' } };
    fake.failNext(
      { kind: 'rate_limited', retryAfter: '1' },
      { kind: 'status', status: 500 },
      { kind: 'cut', afterChunks: 3 },
    );

    const id = await engine.start(
      debate({
        question: 'Tea or coffee?',
        options: ['tea', 'coffee'],
        config: { maxRounds: 1, consensusMethod: 'majority' },
        debaters: [speaker, speaker],
      }),
    );
    const closed = await engine.untilClosed(id);

    expect(closed.error).toBeNull();
    expect(closed.usage).toMatchObject({ calls: 2, attempts: 5 });
    expect(fake.calls).toHaveLength(5);
  });

  test('its key is in no answer and in no log', async ({ engine }) => {
    const name = await provider(engine);
    const speaker = { model: { provider: name, model: 'small' } };
    fake.failNext({
      kind: 'status',
      status: 401,
      message: `Incorrect API key provided: ${API_KEY}.`,
    });
    const id = await engine.start(
      debate({
        question: 'Tea or coffee?',
        options: ['tea', 'coffee'],
        config: { maxRounds: 1, consensusMethod: 'majority' },
        debaters: [speaker, speaker, speaker],
      }),
    );
    await engine.untilClosed(id);

    const seen = await Promise.all(
      ['/v1/providers', `/v1/executions/${id}`, `/v1/executions/${id}/calls`].map((path) =>
        engine.http.get<object>(path),
      ),
    );

    expect(JSON.stringify(seen.map(({ body }) => body))).not.toContain(API_KEY);
    for (const role of ['api', 'inference', 'orchestration', 'relay'] as const)
      expect(engine.system.logOf(role)).not.toContain(API_KEY);
  });
});
