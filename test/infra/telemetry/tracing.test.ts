import { trace } from '@opentelemetry/api';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { ModelRequest, Models } from '../../../activities/ports/models.ts';
import type { ResolvedModel } from '../../../workflows/contract/definition.ts';
import { ModelCallFailed } from '../../../workflows/contract/errors.ts';
import { traced } from '../../../infra/telemetry/traced.ts';
import { tracedModels } from '../../../infra/telemetry/traced-models.ts';
import { startTracing } from '../../../infra/telemetry/tracing.ts';
import { startOtlpReceiver } from '../../support/otlp-receiver.ts';

const log = pino({ level: 'silent' });
const model = { provider: 'acme', providerType: 'openai', model: 'large' } as ResolvedModel;
const request = { model: 'large', schema: null, temperature: 0, maxTokens: 9 } as ModelRequest;
const failing = new ModelCallFailed('model_refused', 'it said: my prompt', { retryable: false });
const models = tracedModels({
  open: async () => ({ isRehearsal: false, complete: async () => Promise.reject(failing) }),
} satisfies Models);
const call = async () => {
  const provider = await models.open('owner', model);
  const options = { signal: new AbortController().signal, idempotencyKey: '', onToken() {} };
  return provider.complete(request, options);
};

test('off, nothing is recorded and failures pass as they are', async () => {
  const tracing = await startTracing({ isOn: false, role: 'inference', log });

  await expect(call()).rejects.toBe(failing);

  expect(tracing.isOn).toBe(false);
  expect(trace.getTracer('any').startSpan('any').isRecording()).toBe(false);
  await tracing.close();
});

test('on, a failed call is a span with its code and without its words', async () => {
  const receiver = await startOtlpReceiver();
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = receiver.url;
  process.env['OTEL_RESOURCE_ATTRIBUTES'] = 'deployment.environment=test';
  const tracing = await startTracing({ isOn: true, role: 'inference', log });

  const start = { name: 'around', kind: 0, attributes: {} };
  await expect(traced(start, () => call())).rejects.toBe(failing);
  tracing.keepWorkflow({
    workflowType: 'debate',
    parent: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
    spanId: '00f067aa0ba902b7',
    startedAt: 1_000,
    endedAt: 2_000,
    outcome: 'failed',
  });
  await tracing.close();
  await receiver[Symbol.asyncDispose]();

  const [chat, around, workflow] = ['chat large', 'around', 'workflow debate'].map((name) =>
    receiver.spans.find((span) => span.name === name)!,
  );
  expect(chat).toMatchObject({
    service: 'conclave-inference',
    parentSpanId: around!.spanId,
    traceId: around!.traceId,
    isError: true,
    attributes: { 'error.type': 'model_refused', 'gen_ai.provider.name': 'openai' },
  });
  expect(workflow).toMatchObject({
    traceId: '0af7651916cd43dd8448eb211c80319c',
    parentSpanId: 'b7ad6b7169203331',
    spanId: '00f067aa0ba902b7',
    isError: true,
  });
  expect(receiver.bodies.join('')).not.toContain('my prompt');
  expect(receiver.bodies.join('')).toContain('deployment.environment');
});
