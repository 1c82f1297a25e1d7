import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { fakeOpenAiForTest } from './fake-openai-for-test.ts';

const body = { model: 'm-1', messages: [{ role: 'user', content: 'Ship on Friday?' }] };

interface Whole {
  readonly choices: readonly { readonly message: { readonly content: string } }[];
}

const post = async (url: string, content: object): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': 'k-1' },
    body: JSON.stringify(content),
  });

const chat = async (url: string, content: object): Promise<Response> =>
  post(`${url}/chat/completions`, content);

const wholeAnswer = async (url: string, content: object): Promise<Whole> =>
  (await chat(url, content)).json() as Promise<Whole>;

test('the same request is answered the same, streamed or whole', async () => {
  const fake = await fakeOpenAiForTest();

  const whole = await wholeAnswer(fake.url, body);
  const again = await wholeAnswer(fake.url, body);
  const streamed = await (await chat(fake.url, { ...body, stream: true })).text();

  const chunks = streamed
    .split('\n\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice(6)) as { choices: { delta: { content?: string } }[] });
  const { content } = whole.choices[0]!.message;
  expect(content).toContain('Ship on Friday?');
  expect(again.choices).toEqual(whole.choices);
  expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(content);
  expect(streamed.endsWith('data: [DONE]\n\n')).toBe(true);
});

test('another request is answered otherwise', async () => {
  const fake = await fakeOpenAiForTest();
  const other = { ...body, messages: [{ role: 'user', content: 'Ship on Monday?' }] };

  const first = await wholeAnswer(fake.url, body);
  const second = await wholeAnswer(fake.url, other);

  expect(first.choices).not.toEqual(second.choices);
});

test('a strict schema with an optional field is refused, as the vendor does', async () => {
  const fake = await fakeOpenAiForTest();
  const schema = {
    type: 'object',
    properties: { a: { type: 'string' } },
    additionalProperties: false,
  };
  const format = { type: 'json_schema', json_schema: { name: 'x', strict: true, schema } };

  const response = await chat(fake.url, { ...body, response_format: format });

  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    error: { type: 'invalid_request_error', param: 'response_format', code: null },
  });
});

test('it runs by itself, keeps a log and takes faults over HTTP', async () => {
  const log = join(await mkdtemp(join(tmpdir(), 'fake-openai-')), 'calls.jsonl');
  const script = join(import.meta.dirname, 'fake-openai.ts');
  const child: ChildProcess = spawn(process.execPath, [script, '--port', '0', '--log', log], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [url] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string];
    await post(new URL('/faults', url).href, [{ kind: 'rate_limited', retryAfter: '3' }]);

    const refused = await chat(url, body);
    const answered = await chat(url, body);

    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('3');
    expect(answered.status).toBe(200);
    const lines = (await readFile(log, 'utf8')).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { idempotencyKey: 'k-1', fault: 'rate_limited', body },
      { idempotencyKey: 'k-1', fault: null, body },
    ]);
  } finally {
    child.kill();
    await once(child, 'exit');
  }
});
