import {
  DiagLogLevel,
  SpanKind,
  SpanStatusCode,
  diag,
  propagation,
  ROOT_CONTEXT,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { Resource, envDetectorSync } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import type { Logger } from 'pino';
import type { WorkflowSpan } from '../../workflows/contract/tracing.ts';
import { TRACER } from './traced.ts';
import type { Tracing } from './tracing.ts';

/**
 * OpenTelemetry at work in this process. Where spans go, which of them and under which names is read from the standard
 * variables by OpenTelemetry's own kit: `OTEL_EXPORTER_OTLP_*`, `OTEL_TRACES_SAMPLER*`, `OTEL_SERVICE_NAME`,
 * `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_BSP_*`.
 */
export function loadTracing({
  role,
  log,
}: {
  readonly role: string;
  readonly log: Logger;
}): Tracing {
  const complain = (message: string): void => log.warn({ reason: message }, 'traces are not sent');
  diag.setLogger(
    { error: complain, warn: complain, info() {}, debug() {}, verbose() {} },
    { logLevel: DiagLogLevel.WARN },
  );
  const resource = new Resource({
    'service.namespace': 'conclave',
    'service.name': `conclave-${role}`,
  }).merge(envDetectorSync.detect());
  const processor = new BatchSpanProcessor(new OTLPTraceExporter());
  const provider = new BasicTracerProvider({ resource, spanProcessors: [processor] });
  provider.register({ contextManager: new AsyncLocalStorageContextManager().enable() });
  return {
    isOn: true,
    keepWorkflow: makeWorkflowSpans(resource, processor),
    close: () => provider.shutdown(),
  };
}

/** Spans whose ids were given out before, in a workflow: a provider of their own, which hands out just these. */
function makeWorkflowSpans(
  resource: Resource,
  processor: SpanProcessor,
): (span: WorkflowSpan) => void {
  let dueId = '';
  const tracer = new BasicTracerProvider({
    resource,
    spanProcessors: [processor],
    // Runs always have a parent, whose trace they are in.
    idGenerator: { generateSpanId: () => dueId, generateTraceId: () => '0'.repeat(32) },
  }).getTracer(TRACER);
  return ({ workflowType, parent, spanId, startedAt, endedAt, outcome }) => {
    dueId = spanId;
    const span = tracer.startSpan(
      `workflow ${workflowType}`,
      {
        kind: SpanKind.INTERNAL,
        startTime: startedAt,
        attributes: { 'conclave.workflow.type': workflowType, 'conclave.outcome': outcome },
      },
      propagation.extract(ROOT_CONTEXT, parent),
    );
    if (outcome === 'failed') span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(endedAt);
  };
}
