import { type Headers, defaultPayloadConverter } from '@temporalio/common';
import {
  ContinueAsNew,
  type WorkflowInterceptorsFactory,
  isCancellation,
  proxySinks,
  workflowInfo,
} from '@temporalio/workflow';
import {
  TRACE_HEADER,
  type TraceCarrier,
  type TraceSinks,
  type WorkflowSpan,
} from './contract/tracing.ts';

const { trace } = proxySinks<TraceSinks>();
const TRACE_PARENT = /^(?<head>[\da-f]{2}-[\da-f]{32})-[\da-f]{16}-(?<flags>[\da-f]{2})$/;

/**
 * Carries the trace that a workflow was started under on to its activities and its children, with the run as a span
 * between them. An execution that is not traced is left alone. Nothing here is random and nothing waits: the span's id is
 * made from the run's, so that whoever replays the run names it the same.
 */
export const interceptors: WorkflowInterceptorsFactory = () => {
  let received: Headers = {};
  let passedOn: Headers = {};
  return {
    inbound: [
      {
        execute(input, next) {
          const parent = carrierOf(input.headers);
          const head = TRACE_PARENT.exec(parent?.['traceparent'] ?? '')?.groups;
          if (!parent || !head) return next(input);
          const spanId = spanIdOf(workflowInfo().runId);
          received = { [TRACE_HEADER]: input.headers[TRACE_HEADER]! };
          passedOn = headerOf({
            ...parent,
            traceparent: `${head['head']}-${spanId}-${head['flags']}`,
          });
          return told(next(input), { parent, spanId });
        },
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) =>
          next({ ...input, headers: { ...input.headers, ...passedOn } }),
        startChildWorkflowExecution: (input, next) =>
          next({ ...input, headers: { ...input.headers, ...passedOn } }),
        continueAsNew: (input, next) =>
          next({ ...input, headers: { ...input.headers, ...received } }),
      },
    ],
  };
};

/** Tells of the run when it ends, and ends as it did. */
function told(
  run: Promise<unknown>,
  { parent, spanId }: Pick<WorkflowSpan, 'parent' | 'spanId'>,
): Promise<unknown> {
  const { workflowType, runStartTime } = workflowInfo();
  const tell = (outcome: WorkflowSpan['outcome']): void => {
    const [startedAt, endedAt] = [runStartTime.getTime(), Date.now()];
    trace.workflowEnded({ workflowType, parent, spanId, startedAt, endedAt, outcome });
  };
  return run.then(
    (result) => {
      tell('completed');
      return result;
    },
    (error: unknown) => {
      tell(outcomeOf(error));
      throw error;
    },
  );
}

function outcomeOf(error: unknown): WorkflowSpan['outcome'] {
  if (error instanceof ContinueAsNew) return 'continued';
  return isCancellation(error) ? 'cancelled' : 'failed';
}

/** The half of a run's id that holds nothing but chance. */
const spanIdOf = (runId: string): string => runId.replaceAll('-', '').slice(-16);

/** What cannot be read is no trace: it must not hold up the workflow. */
function carrierOf(headers: Headers): TraceCarrier | undefined {
  const payload = headers[TRACE_HEADER];
  try {
    return payload && defaultPayloadConverter.fromPayload<TraceCarrier>(payload);
  } catch {
    return undefined;
  }
}

const headerOf = (carrier: TraceCarrier): Headers => ({
  [TRACE_HEADER]: defaultPayloadConverter.toPayload(carrier),
});
