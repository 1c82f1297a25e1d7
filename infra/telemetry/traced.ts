import {
  type Attributes,
  type Context,
  type Span,
  type SpanKind,
  SpanStatusCode,
  context,
  trace,
} from '@opentelemetry/api';
import { EngineError } from '../../workflows/contract/errors.ts';

/** The name of the tracer of the product's own spans. */
export const TRACER = 'conclave';

/** How a span begins. */
interface SpanStart {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  /** The context that it is made in; without it the current one. */
  readonly within?: Context;
}

/** Does `work` within a span, which ends with it. Of an error only its code or class goes into the span: texts may quote prompts. */
export function traced<T>(start: SpanStart, work: (span: Span) => Promise<T>): Promise<T> {
  const { name, kind, attributes, within = context.active() } = start;
  const span = trace.getTracer(TRACER).startSpan(name, { kind, attributes }, within);
  return context.with(trace.setSpan(within, span), async () => {
    try {
      return await work(span);
    } catch (error) {
      span.setAttribute('error.type', kindOf(error));
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** The code of our errors and of Temporal's failures, which are made from them; else the class. */
function kindOf(error: unknown): string {
  if (error instanceof EngineError) return error.code;
  if (!(error instanceof Error)) return 'unknown';
  return 'type' in error && typeof error.type === 'string' ? error.type : error.name;
}
