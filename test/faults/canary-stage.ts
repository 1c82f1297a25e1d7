import { Client } from 'pg';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { expect } from 'vitest';
import { newEncryptionKey } from '../../infra/config/encryption-keys.ts';
import { type FakeOpenAi, startFakeOpenAi } from '../support/fake-openai.ts';
import { type ChatBody, answerTo } from '../support/fake-openai-answers.ts';
import { test as base, type TestDatabase } from '../support/fixtures.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../support/otlp-receiver.ts';
import { makeCanaries } from './canaries.ts';
import { debate } from './debates.ts';
import { type Engine, startEngine } from './engine.ts';
import {
  errorsOf,
  type Haystacks,
  historiesOf,
  logsOf,
  schedulesOf,
  tablesOf,
} from './haystacks.ts';

/** The engine with a provider of its own, and what passes through them. */
export interface Stage {
  readonly engine: Engine;
  readonly fake: FakeOpenAi;
  readonly receiver: OtlpReceiver;
  readonly database: TestDatabase;
  /** Bodies of all that was refused. */
  readonly problems: string[];
  /** A text that occurs nowhere else. */
  readonly secret: (name: string) => string;
  readonly text: (name: string) => string;
  readonly secrets: ReadonlySet<string>;
  readonly texts: ReadonlySet<string>;
}

/** `test` with a stage that belongs to the file. */
export const test = base.extend(
  'stage',
  { scope: 'file' },
  async ({ database, temporal }, { onCleanup }): Promise<Stage> => {
    const [secrets, texts] = [makeCanaries('secret'), makeCanaries('text')];
    const open = new AsyncDisposableStack();
    onCleanup(() => open.disposeAsync());
    const receiver = open.use(await startOtlpReceiver());
    const answer = (body: ChatBody): string => said(body, texts.make);
    const sealing = newEncryptionKey();
    secrets.add(sealing.split(':')[1]!);
    const apiKey = secrets.make('provider-key');
    const fake = open.use(await startFakeOpenAi({ apiKey, answer }));
    const started = await startEngine({
      database,
      temporal,
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_EXPORTER_OTLP_HEADERS: `x-receiver-key=${secrets.make('receiver-key')}`,
        OTEL_BSP_SCHEDULE_DELAY: '100',
        OPENAI_API_KEY: secrets.make('environment-key'),
        CONCLAVE_ENCRYPTION_KEYS: sealing,
      },
    });
    open.defer(() => started.stop());
    return {
      engine: started.engine,
      fake,
      receiver,
      database,
      problems: [],
      secret: secrets.make,
      text: texts.make,
      secrets: secrets.all,
      texts: texts.all,
    };
  },
);

/** The fake's answer with a canary in each of its texts; one that is not JSON where that is asked for. */
function said(body: ChatBody, text: (name: string) => string): string {
  if (JSON.stringify(body.messages).includes('answer badly')) return text('invalid-answer');
  const answer = answerTo(body);
  if (!body.response_format) return `${answer} ${text('free-answer')}`;
  const fields = JSON.parse(answer) as Record<string, unknown>;
  return JSON.stringify({
    ...fields,
    ...('text' in fields && { text: text('answer-text') }),
    ...('reasoning' in fields && { reasoning: text('answer-reasoning') }),
    ...('position' in fields && { position: text('answer-position') }),
  });
}

/** Registers the fake under a name, with a key; its id. */
export async function register(
  { engine, fake }: Stage,
  name: string,
  apiKey: string,
): Promise<string> {
  const { status, body } = await engine.http.post<{ id: string }>('/v1/providers', {
    name,
    providerType: 'openai_compatible',
    apiEndpoint: fake.url,
    credentials: { apiKey },
    models: [{ name: 'small', contextWindow: 32_000 }],
  });
  expect(status).toBe(201);
  return body.id;
}

/** A seat whose model is the fake's, as it is registered under a name. */
export const speaker = (provider: string) => ({
  model: { provider, model: 'small' },
  maxTokens: 900,
});

/** A debate whose every text is a canary. */
export function talk({ text }: Stage, provider: string, question: string, withOptions: boolean) {
  const body = debate({
    question: `${text('question')} ${question}`,
    ...(withOptions && { options: [text('option-one'), text('option-two')] }),
    config: { maxRounds: 1, consensusMethod: 'majority' },
    debaters: [speaker(provider), speaker(provider)],
  }) as { inline: { members: { agent: Record<string, unknown> }[] }; input: object };
  for (const { agent } of body.inline.members) {
    agent['description'] = text('agent-description');
    Object.assign(agent['config'] as object, {
      systemPrompt: text('system-prompt'),
      maxRetries: 1,
    });
  }
  return {
    ...body,
    input: { ...body.input, context: text('context') },
    metadata: { note: text('metadata') },
  };
}

/** A request that is refused; its answer is kept to be searched. */
export async function refused(
  { engine, problems }: Stage,
  path: string,
  init: RequestInit & { readonly key?: string },
): Promise<number> {
  const response = await engine.http.raw(path, init);
  problems.push(await response.text(), JSON.stringify([...response.headers]));
  return response.status;
}

/** A request with a body of JSON. */
export const post = (body: string, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  body,
  headers: { 'content-type': 'application/json', ...headers },
});

/** All that is searched: the tables by their names, and what is outside of them. */
export async function searched(
  { engine, receiver, database, problems }: Stage,
  { client }: TestWorkflowEnvironment,
): Promise<{ readonly outside: Haystacks; readonly tables: Haystacks }> {
  const metrics = await engine.http.get<string>('/metrics');
  await new Promise((resolve) => setTimeout(resolve, 300)); // the last spans go out
  const admin = new Client(database.adminUrl);
  await admin.connect();
  const tables = await tablesOf(admin);
  const errors = await errorsOf(admin);
  await admin.end();
  const outside: Haystacks = new Map([
    ...logsOf(engine.system),
    ...(await historiesOf(client)),
    ...(await schedulesOf(client)),
    ...errors,
    ['problems', problems],
    ['metrics', [metrics.body]],
    ['traces', receiver.bodies],
  ]);
  return { outside, tables };
}

/** Tables without those that hold texts. */
export const without = (names: readonly string[], tables: Haystacks): Haystacks =>
  new Map([...tables].filter(([name]) => !names.includes(name)));

/** Those tables alone. */
export const only = (names: readonly string[], tables: Haystacks): Haystacks =>
  new Map([...tables].filter(([name]) => names.includes(name)));
