import { type Context, ROOT_CONTEXT, SpanKind, context, propagation } from '@opentelemetry/api';
import type { WorkflowClientInterceptor } from '@temporalio/client';
import { type Headers, defaultPayloadConverter } from '@temporalio/common';
import type { ActivityInterceptorsFactory, InjectedSinks } from '@temporalio/worker';
import {
  TRACE_HEADER,
  type TraceCarrier,
  type TraceSinks,
} from '../../workflows/contract/tracing.ts';
import { traced } from './traced.ts';
import type { Tracing } from './tracing.ts';

/** Gives the current trace, or a new one, to the workflows that a client starts. */
export const traceStarts: WorkflowClientInterceptor = {
  startWithDetails: (input, next) =>
    traced(
      {
        name: `start ${input.workflowType}`,
        kind: SpanKind.PRODUCER,
        attributes: { 'temporal.workflow.id': input.options.workflowId },
      },
      () => next({ ...input, headers: { ...input.headers, ...headerOfCurrent() } }),
    ),
};

/** A span for each attempt of an activity whose workflow is traced. */
export const traceActivities: ActivityInterceptorsFactory = ({ info }) => ({
  inbound: {
    execute: (input, next) => {
      const within = contextOf(input.headers);
      if (!within) return next(input);
      const { activityType: name, attempt, taskQueue, workflowExecution } = info;
      const attributes = {
        'temporal.activity.attempt': attempt,
        'temporal.task_queue': taskQueue,
        'temporal.workflow.id': workflowExecution?.workflowId ?? '',
      };
      return traced({ name, kind: SpanKind.CONSUMER, attributes, within }, () => next(input));
    },
  },
});

/** Where workflows tell of their spans. */
export const traceSinks = ({ keepWorkflow }: Tracing): InjectedSinks<TraceSinks> => ({
  trace: { workflowEnded: { fn: (_info, span) => keepWorkflow(span) } },
});

/** Nothing where traces are not on. */
function headerOfCurrent(): Headers {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  if (Object.keys(carrier).length === 0) return {};
  return { [TRACE_HEADER]: defaultPayloadConverter.toPayload(carrier) };
}

function contextOf({ [TRACE_HEADER]: payload }: Headers): Context | undefined {
  if (!payload) return undefined;
  const carrier = defaultPayloadConverter.fromPayload<TraceCarrier>(payload);
  return propagation.extract(ROOT_CONTEXT, carrier);
}
