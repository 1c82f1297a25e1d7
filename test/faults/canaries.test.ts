import { Client } from 'pg';
import { expect } from 'vitest';
import { post, refused, register, searched, talk, test, only, without } from './canary-stage.ts';
import { findings } from './haystacks.ts';

/** Tables that hold what was said, or what agents are told, and no others do. */
const OF_TEXTS = [
  'agent_execution',
  'content_body',
  'execution',
  'idempotency_record',
  'message',
].map((name) => `table ${name}`);

test('bad keys and bad bodies', async ({ stage }) => {
  const { secret, text } = stage;
  const unknown = `cnv_abcd1234_${secret('unknown-api-key')}`;

  const statuses = await Promise.all([
    refused(stage, '/v1/me', { key: unknown }),
    refused(stage, '/v1/me', { key: secret('malformed-api-key') }),
    refused(stage, '/v1/me', { headers: { authorization: `Basic ${secret('basic-password')}` } }),
    refused(stage, `/v1/me?key=${secret('key-in-address')}`, { headers: { authorization: '' } }),
    refused(stage, '/v1/me', {
      headers: { authorization: '', cookie: secret('cookie'), 'x-api-key': secret('key-header') },
    }),
    refused(stage, '/v1/executions', post(`{"input": {"question": "${text('broken-json')}`)),
    refused(stage, '/v1/executions', post(JSON.stringify({ input: text('wrong-type') }))),
    refused(
      stage,
      '/v1/executions',
      post(JSON.stringify({ priority: text('wrong-value'), title: text('long-title').repeat(9) }), {
        'idempotency-key': secret('idempotency-key'),
      }),
    ),
    refused(stage, '/v1/executions', post(`"${text('lone-surrogate')}\\ud800"`)),
    refused(stage, '/v1/executions', post(text('no-json'), { 'content-type': 'text/plain' })),
    refused(stage, '/v1/executions', post(JSON.stringify({ x: text('too-large').repeat(60_000) }))),
    refused(stage, `/v1/executions?cursor=${text('cursor').replaceAll(' ', '+')}`, {}),
    refused(stage, '/v1/providers', post(badProvider(secret('key-of-bad-provider')))),
    refused(stage, '/v1/providers', post(badEndpoint(secret('password-in-endpoint')))),
    refused(
      stage,
      '/v1/providers',
      post(`{"credentials": {"apiKey": "${secret('key-in-broken-json')}`),
    ),
  ]);

  expect(statuses).toEqual([
    401, 401, 401, 401, 401, 400, 400, 400, 400, 415, 413, 400, 400, 400, 400,
  ]);
});

const badProvider = (apiKey: string) =>
  JSON.stringify({ name: 'x', providerType: 'nonsense', credentials: { apiKey } });
const badEndpoint = (password: string) =>
  JSON.stringify({
    name: 'x',
    providerType: 'openai_compatible',
    apiEndpoint: `https://user:${password}@192.0.32.1/v1`,
  });

test('debates that go well, and ones that fail in every way', async ({ stage }) => {
  const { engine, fake, secret, text } = stage;
  const good = secret('provider-key');
  const id = await register(stage, 'good', secret('replaced-provider-key'));
  await register(stage, 'wrong', secret('wrong-provider-key'));
  await engine.http.raw(`/v1/providers/${id}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ credentials: { apiKey: good } }),
  });
  const perform = async (body: object): Promise<string> =>
    (await engine.untilClosed(await engine.start(body))).state;

  const states = [
    await perform(talk(stage, 'good', 'Which one?', true)),
    await perform(talk(stage, 'good', 'In your own words?', false)),
    await perform(talk(stage, 'good', 'Please answer badly.', true)),
    await perform(talk(stage, 'wrong', 'Which one?', true)),
  ];
  const echo = (...places: string[]) =>
    `You said: ${places.map(text).join(' ')} with ${secret('provider-key')}`;
  for (const fault of [
    { kind: 'status', status: 400, message: echo('question') },
    { kind: 'status', status: 422, message: echo('system-prompt', 'context') },
    { kind: 'status', status: 401, message: echo('context') },
    { kind: 'status', status: 500, message: echo('question', 'option-one') },
    { kind: 'error_in_stream', message: echo('system-prompt') },
    { kind: 'redirect', to: `http://127.0.0.1:1/?${secret('redirect')}` },
    { kind: 'cut', afterChunks: 4 },
    { kind: 'malformed' },
    { kind: 'refusal' },
    { kind: 'content_filter' },
    { kind: 'html' },
  ] as const) {
    fake.failNext(fault, fault);
    states.push(await perform(talk(stage, 'good', `After ${fault.kind}?`, true)));
  }

  expect(states.slice(0, 4)).toEqual(['completed', 'completed', 'failed', 'failed']);
  expect(states).toContain('failed');
});

test('PostgreSQL away in the middle of a debate, and from the start', async ({ stage }) => {
  const { engine, database, secret } = stage;
  const id = await engine.start(talk(stage, 'good', 'While it is away?', true));
  const admin = new Client(database.adminUrl);
  await admin.connect();
  for (let cut = 0; cut < 5; cut += 1) {
    await admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()`,
    );
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  await admin.end();
  expect((await engine.untilClosed(id)).state).toBe('completed');

  await engine.system.kill('api');
  const lost = new URL(database.appUrl);
  lost.password = secret('database-password');
  await engine.system.start('api', { CONCLAVE_APP_DATABASE_URL: lost.href });
  const status = await refused(stage, '/v1/me', {});
  await refused(stage, '/metrics', {});
  await engine.system.kill('api');
  await expect(
    engine.system.start('api', {
      DATABASE_URL: `mysql://me:${secret('password-of-bad-address')}@db/x`,
      CONCLAVE_ENCRYPTION_KEYS: secret('bad-encryption-key'),
      OTEL_EXPORTER_OTLP_ENDPOINT: `ftp://me:${secret('password-of-receiver')}@x`,
    }),
  ).rejects.toThrow('The environment needs a change');
  await engine.system.start('api');

  expect(status).toBeGreaterThanOrEqual(500);
});

test('none of it is anywhere but where it belongs', async ({ stage, temporal }) => {
  const { engine, fake, database, secrets, texts } = stage;
  const made = await engine.http.post<{ key: string }>('/v1/me/api-keys', {
    name: 'canary',
    scopes: ['read'],
  });
  // Of `cnv_<prefix>_<secret>`: the secret may hold an underscore itself.
  const ownKey = made.body.key.split('_').slice(2).join('_');
  await engine.as(made.body.key).get('/v1/me');
  const { outside, tables } = await searched(stage, temporal);
  const elsewhere = without(OF_TEXTS, tables);

  const allSecrets = [...secrets, ownKey, new URL(database.appUrl).password];
  expect(allSecrets.length + texts.size).toBeGreaterThanOrEqual(40);
  expect(findings([...allSecrets, ...texts], outside)).toEqual([]);
  expect(findings(allSecrets, tables)).toEqual([]);
  expect(findings(texts, elsewhere)).toEqual([]);

  // They did pass through, and the search does find.
  const asked = JSON.stringify(fake.calls);
  for (const name of ['question', 'context', 'system-prompt', 'option-one'])
    expect(asked).toContain(stage.text(name));
  for (const name of ['provider-key', 'wrong-provider-key'])
    expect(asked).toContain(stage.secret(name));
  const kept = findings(texts, only(OF_TEXTS, tables));
  for (const name of ['answer-text', 'answer-reasoning', 'answer-position'])
    expect(kept).toContain(`${stage.text(name)} in table message`);
  expect(kept).toContain(`${stage.text('invalid-answer')} in table content_body`);
  for (const [place, haystack] of outside)
    expect(haystack.join('').length, place).toBeGreaterThan(200);
  // The oldest: of the newest the API may not have written its line when it was killed.
  const execution = (
    await engine.http.get<{ items: { id: string }[] }>('/v1/executions')
  ).body.items.at(-1)!.id;
  expect(findings([execution], new Map([...outside, ...elsewhere]))).toEqual(
    expect.arrayContaining(
      ['log of api', 'histories', 'traces', 'table event', 'table llm_call'].map(
        (place) => `${execution} in ${place}`,
      ),
    ),
  );
});
