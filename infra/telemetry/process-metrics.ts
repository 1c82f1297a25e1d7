import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** Seconds from at once to a quarter of an hour. */
const WAIT_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900];

/** What every process shows of itself: CPU, memory, the event loop's lag, under its role. */
export function makeProcessMetrics(role: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ role });
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** Measures how long activities waited in their queue before this worker took them, each attempt by itself. */
export function measureQueue(registry: Registry): ActivityInterceptorsFactory {
  const waited = new Histogram({
    name: 'conclave_queue_latency_seconds',
    help: 'From the schedule of an activity, such as takeTurn, to its start.',
    labelNames: ['activity'],
    buckets: WAIT_BUCKETS,
    registers: [registry],
  });
  return ({ info }) => ({
    inbound: {
      execute: (input, next) => {
        // Two clocks: Temporal's and this machine's.
        const waitedMs = Math.max(0, Date.now() - info.currentAttemptScheduledTimestampMs);
        waited.observe({ activity: info.activityType }, waitedMs / 1_000);
        return next(input);
      },
    },
  });
}
