import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  context,
  propagation,
  trace,
} from '@opentelemetry/api';
import type { RequestHandler } from 'express';
import { TRACER } from '../../infra/telemetry/traced.ts';

/** Asked for every few seconds, by machines. */
const UNTRACED = ['/healthz', '/readyz', '/metrics'];

/** A span for each request, within the caller's trace where it names one. Neither query nor body is in it. */
export const traceRequests: RequestHandler = (req, res, next) => {
  if (UNTRACED.includes(req.path)) return next();
  const caller = propagation.extract(ROOT_CONTEXT, req.headers);
  const { method } = req;
  const span = trace.getTracer(TRACER).startSpan(
    method,
    {
      kind: SpanKind.SERVER,
      attributes: { 'http.request.method': method, 'conclave.request.id': req.id as string },
    },
    caller,
  );
  res.once('close', () => {
    const { path } = (req.route ?? {}) as { readonly path?: string };
    if (path !== undefined) {
      span.updateName(`${method} ${path}`);
      span.setAttribute('http.route', path);
    }
    span.setAttribute('http.response.status_code', res.statusCode);
    if (res.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  });
  context.with(trace.setSpan(caller, span), next);
};
