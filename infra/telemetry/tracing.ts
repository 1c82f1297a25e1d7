import type { Logger } from 'pino';
import type { WorkflowSpan } from '../../workflows/contract/tracing.ts';

/** The traces of one process. */
export interface Tracing {
  readonly isOn: boolean;
  /** Keeps the span of a workflow's run, which made up its own id. */
  readonly keepWorkflow: (span: WorkflowSpan) => void;
  /** Sends what has not been sent yet. */
  close(): Promise<void>;
}

const OFF: Tracing = { isOn: false, keepWorkflow: () => {}, close: async () => {} };

/**
 * Lets the process send its spans by OTLP over HTTP, where `isOn` (see `Config.tracing`). Otherwise nothing is loaded,
 * and every span that is started is one that does nothing.
 */
export async function startTracing(options: {
  readonly isOn: boolean;
  /** The process role, for `service.name`. */
  readonly role: string;
  readonly log: Logger;
}): Promise<Tracing> {
  if (!options.isOn) return OFF;
  const { loadTracing } = await import('./tracing-sdk.ts');
  return loadTracing(options);
}
