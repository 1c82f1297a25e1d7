import { expect, onTestFinished, vi } from 'vitest';
import { oldestTurnSeconds } from '../../infra/temporal/probe.ts';
import { freePort } from '../../infra/stack/ports.ts';
import { type FakeOpenAi, startFakeOpenAi } from '../support/fake-openai.ts';
import { test as base } from '../support/fixtures.ts';
import { parseMetrics } from '../support/metrics.ts';
import {
  type OtlpReceiver,
  type ReceivedSpan,
  startOtlpReceiver,
} from '../support/otlp-receiver.ts';
import { debate } from './debates.ts';
import { type Engine, startEngine } from './engine.ts';

const test = base
  .extend('receiver', { scope: 'file' }, async ({}, { onCleanup }): Promise<OtlpReceiver> => {
    const receiver = await startOtlpReceiver();
    onCleanup(() => receiver[Symbol.asyncDispose]());
    return receiver;
  })
  .extend(
    'engine',
    { scope: 'file' },
    async ({ database, temporal, receiver }, { onCleanup }): Promise<Engine> => {
      const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_BSP_SCHEDULE_DELAY: '100' };
      const started = await startEngine({ database, temporal, env });
      onCleanup(() => started.stop());
      return started.engine;
    },
  );

/** A debate of two on a model of its own provider, which answers slowly. */
async function slowDebate(
  engine: Engine,
  rounds: number,
): Promise<{ fake: FakeOpenAi; body: object }> {
  const fake = await startFakeOpenAi({ tokenDelayMs: 20 });
  onTestFinished(() => fake[Symbol.asyncDispose]());
  const provider = `fake-${new URL(fake.url).port}`;
  await engine.http.post('/v1/providers', {
    name: provider,
    providerType: 'openai_compatible',
    apiEndpoint: fake.url,
    authType: 'none',
    models: [{ name: 'small', contextWindow: 32_000 }],
  });
  const speaker = { model: { provider, model: 'small' }, maxTokens: 900 };
  const body = debate({
    question: 'Tea or coffee?',
    options: ['tea', 'coffee'],
    config: { maxRounds: rounds, consensusMethod: 'majority', allowEarlyTermination: false },
    debaters: [speaker, speaker],
  });
  return { fake, body };
}

/** Starts it as somebody whose own work is traced; the ids of that trace, and the execution's. */
async function startTraced(engine: Engine, body: object) {
  const traceId = crypto.randomUUID().replaceAll('-', '');
  const callerId = '00f067aa0ba902b7';
  const { body: started } = await engine.http.post<{ id: string }>('/v1/executions', body, {
    traceparent: `00-${traceId}-${callerId}-01`,
  });
  return { traceId, callerId, id: started.id };
}

/** The spans of a trace, once that of the workflow, which ends last, has come in, and the activities' with it. */
async function spansOf(receiver: OtlpReceiver, traceId: string): Promise<readonly ReceivedSpan[]> {
  const own = () => receiver.spans.filter((span) => span.traceId === traceId);
  await vi.waitFor(
    () =>
      expect(own().map(({ name }) => name)).toEqual(
        expect.arrayContaining(['workflow debate', 'closeExecution']),
      ),
    { timeout: 10_000 },
  );
  return own();
}

/** Whose child each span is, by name. */
const parentage = (spans: readonly ReceivedSpan[]): string[][] =>
  spans
    .map(({ name, parentSpanId }) => [
      name,
      spans.find(({ spanId }) => spanId === parentSpanId)?.name ?? 'the caller',
    ])
    .toSorted((a, b) => (a.join() < b.join() ? -1 : 1));

test('a request, its workflow, activities and model calls are one trace', async ({
  engine,
  receiver,
}) => {
  const { body } = await slowDebate(engine, 1);
  const { traceId, callerId, id } = await startTraced(engine, body);
  expect((await engine.untilClosed(id)).state).toBe('completed');

  const spans = await spansOf(receiver, traceId);

  expect(parentage(spans)).toEqual([
    ['POST /v1/executions', 'the caller'],
    ['chat small', 'takeTurn'],
    ['chat small', 'takeTurn'],
    ['closeExecution', 'workflow debate'],
    ['prepareExecution', 'workflow debate'],
    ['start debate', 'POST /v1/executions'],
    ['takeTurn', 'workflow debate'],
    ['takeTurn', 'workflow debate'],
    ['workflow debate', 'start debate'],
  ]);
  const [request, call, turn] = ['POST /v1/executions', 'chat small', 'takeTurn'].map((name) =>
    spans.find((span) => span.name === name)!,
  );
  expect(request).toMatchObject({
    service: 'conclave-api',
    parentSpanId: callerId,
    attributes: { 'http.route': '/v1/executions', 'http.response.status_code': 202 },
  });
  expect(turn!.attributes['temporal.workflow.id']).toBe(`execution/${id}`);
  expect(call).toMatchObject({
    service: 'conclave-inference',
    isError: false,
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai_compatible',
      'gen_ai.request.model': 'small',
      'gen_ai.request.max_tokens': 900,
      'gen_ai.output.type': 'json',
    },
  });
  const used = call!.attributes['gen_ai.usage.input_tokens'];
  const ledger = await engine.http.get<{ items: { inputTokens: number }[] }>(
    `/v1/executions/${id}/calls`,
  );
  expect(ledger.body.items.map(({ inputTokens }) => inputTokens)).toContain(used);
  expect(engine.system.logOf('api')).toContain(`"traceId":"${traceId}"`);
});

test('a trace goes on when both workers are killed in the middle of a call', async ({
  engine,
  receiver,
  temporal,
}) => {
  const { fake, body } = await slowDebate(engine, 2);
  const { traceId, id } = await startTraced(engine, body);
  await vi.waitFor(() => expect(fake.calls.length).toBe(2), { timeout: 20_000 });

  await engine.system.kill('inference');
  await engine.system.kill('orchestration');
  await engine.system.start('orchestration');
  // Nobody takes the turns meanwhile, which is what readiness looks at.
  await vi.waitFor(
    async () => expect(await oldestTurnSeconds(temporal.client, 1_000)).toBeGreaterThan(0),
    { timeout: 30_000 },
  );
  const port = await freePort();
  await engine.system.start('inference', { CONCLAVE_METRICS_PORT: `${port}` });
  const closed = await engine.untilClosed(id);
  const spans = await spansOf(receiver, traceId);

  const page = await fetch(`http://127.0.0.1:${port}/metrics`).then((answer) => answer.text());

  expect(closed.state).toBe('completed');
  // They waited a second and more for a worker, and that is measured.
  const { values } = parseMetrics(page);
  const waited = (suffix: string, rest = '') =>
    values.get(
      `conclave_queue_latency_seconds_${suffix}{activity="takeTurn"${rest},role="inference"}`,
    );
  expect(waited('count')).toBeGreaterThanOrEqual(2);
  expect(waited('sum')).toBeGreaterThan(1);
  expect(waited('bucket', ',le="+Inf"')).toBe(waited('count'));
  expect(closed.usage.repeatedCalls).toBeGreaterThan(0);
  const names = parentage(spans).map((pair) => pair.join(' < '));
  expect(names.filter((name) => name === 'chat small < takeTurn')).toHaveLength(4);
  expect(names.filter((name) => name === 'takeTurn < workflow debate')).toHaveLength(4);
  expect(names.filter((name) => name.startsWith('workflow debate'))).toEqual([
    'workflow debate < start debate',
  ]);
  const attempts = spans.map(({ attributes }) =>
    Number(attributes['temporal.activity.attempt'] ?? 0),
  );
  expect(Math.max(...attempts)).toBeGreaterThan(1);
});

test('a trace adds less than 300 bytes a turn to history, and a turn stays below 4 KiB', async ({
  engine,
  temporal,
}) => {
  const sizes = await Promise.all(
    [1, 5].map(async (maxRounds) => {
      const id = await engine.start(
        debate({
          question: 'Tabs or spaces?',
          options: ['tabs', 'spaces'],
          config: { maxRounds, consensusMethod: 'unanimous', allowEarlyTermination: false },
          debaters: ['tabs', 'spaces'].map((choice) => ({ script: [{ choice }] })),
        }),
      );
      await engine.untilClosed(id);
      const handle = temporal.client.workflow.getHandle(`execution/${id}`);
      const { events } = await handle.fetchHistory();
      const headers = (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: asked }) =>
        asked?.activityType?.name === 'takeTurn' ? [asked.header?.fields ?? {}] : [],
      );
      return { headers, bytes: Number((await handle.describe()).historySize) };
    }),
  );

  const [short, long] = sizes as [(typeof sizes)[0], (typeof sizes)[0]];
  expect(long.headers.length - short.headers.length).toBe(8);
  for (const { '_tracer-data': payload } of long.headers) {
    expect(payload).toBeDefined();
    expect(payload!.data!.length + payload!.metadata!['encoding']!.length).toBeLessThan(300);
  }
  expect((long.bytes - short.bytes) / 8).toBeLessThan(4_096);
});
