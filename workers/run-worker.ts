import { ApplicationFailure } from '@temporalio/common';
import {
  DefaultLogger,
  type LogMetadata,
  Runtime,
  Worker,
  type WorkerOptions,
} from '@temporalio/worker';
import type { Logger } from 'pino';
import type { Config } from '../infra/config/config.ts';
import { serveMetrics } from '../infra/telemetry/metrics-server.ts';
import { makeProcessMetrics, measureQueue } from '../infra/telemetry/process-metrics.ts';
import { traceActivities, traceSinks } from '../infra/telemetry/temporal-tracing.ts';
import type { Tracing } from '../infra/telemetry/tracing.ts';
import { connectWorkers } from '../infra/temporal/connect.ts';

/** Calls that may be under way when a worker is stopped end within this time, or are broken off and counted. */
const SHUTDOWN_GRACE = '10 seconds';
/** Of a worker that dies its workflows go to others after this time. */
const STICKY_TIMEOUT = '2 seconds';

type Options = Pick<WorkerOptions, 'taskQueue' | 'activities'> & Partial<WorkerOptions>;

/** What a worker's process is made of. */
interface Process {
  /** The process role. */
  readonly role: string;
  readonly config: Config;
  readonly log: Logger;
  readonly tracing: Tracing;
}

/**
 * Runs one worker until the process is told to stop, then lets it finish what it holds. Temporal's own log goes into
 * ours; tells the parent process when it polls.
 */
export async function runWorker(
  { role, config, log, tracing }: Process,
  options: Options,
): Promise<void> {
  Runtime.install({
    logger: new DefaultLogger('WARN', ({ level, message, meta }) => {
      log[levelOf(level, message, meta)]({ ...meta }, message);
    }),
    // The process's roles end in order by themselves.
    shutdownSignals: [],
  });
  const stop = Promise.withResolvers<void>();
  for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => stop.resolve());
  const metrics = makeProcessMetrics(role);
  const { host } = config.http;
  const metricsServer = await serveMetrics(metrics, { host, port: config.metricsPort });
  const connection = await connectWorkers(config.temporal);
  try {
    const worker = await Worker.create({
      connection,
      namespace: config.temporal.namespace,
      shutdownGraceTime: SHUTDOWN_GRACE,
      stickyQueueScheduleToStartTimeout: STICKY_TIMEOUT,
      // A death is noticed by missed heartbeats, so they must not be held back.
      maxHeartbeatThrottleInterval: '1 second',
      defaultHeartbeatThrottleInterval: '1 second',
      sinks: traceSinks(tracing),
      ...versioning(config),
      ...options,
      interceptors: {
        ...options.interceptors,
        activity: [traceActivities, measureQueue(metrics)],
      },
    });
    const running = worker.runUntil(stop.promise);
    process.send?.('ready');
    log.info({ taskQueue: options.taskQueue }, 'polling');
    await running;
  } finally {
    await connection.close();
    await metricsServer.close();
  }
}

/** What belongs to a working day is no warning: attempts that come back later, and a worker without workflows. */
function levelOf(
  level: string,
  message: string,
  meta: LogMetadata = {},
): 'debug' | 'warn' | 'error' {
  const { error } = meta as { error?: unknown };
  const comesBack = error instanceof ApplicationFailure && !error.nonRetryable;
  if (comesBack || message.startsWith('No workflows registered')) return 'debug';
  return level === 'ERROR' ? 'error' : 'warn';
}

/** In deployments a run finishes on the build it began on; on one machine there is one build, and it takes all. */
function versioning({ deployment }: Config): Partial<WorkerOptions> {
  if (deployment === null) return {};
  const { name: deploymentName, buildId } = deployment;
  return {
    workerDeploymentOptions: {
      version: { deploymentName, buildId },
      useWorkerVersioning: true,
      defaultVersioningBehavior: 'PINNED',
    },
  };
}
