import type { Sinks } from '@temporalio/workflow';

/** The header that a trace travels in, named and filled as by Temporal's own kits for OpenTelemetry. */
export const TRACE_HEADER = '_tracer-data';

/** A trace's context as W3C writes it: `traceparent`, perhaps `tracestate`. */
export type TraceCarrier = Readonly<Record<string, string>>;

/** One run of a workflow, as it becomes a span. */
export interface WorkflowSpan {
  readonly workflowType: string;
  /** The context that the run was started under. */
  readonly parent: TraceCarrier;
  readonly spanId: string;
  /** Milliseconds since 1970, by the workflow's clock. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly outcome: 'completed' | 'continued' | 'cancelled' | 'failed';
}

/** How a workflow tells its worker of a span. */
export interface TraceSinks extends Sinks {
  trace: { workflowEnded(span: WorkflowSpan): void };
}
