import { cached } from '../../infra/telemetry/cached.ts';
import { readCounters } from '../../infra/telemetry/counters.ts';
import { renderFamilies } from '../../infra/telemetry/exposition.ts';
import { readWorkload, workloadFamilies } from '../../infra/telemetry/workload.ts';
import type { ApiDeps } from '../deps.ts';
import { text } from '../http/answers.ts';
import { type Route, route } from '../http/route.ts';

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';
/** However many scrape, the database is asked this often. */
const CACHED_MS = 2_000;

/** `/metrics`: the counters of the whole installation, what is open now, and what this process uses. */
export function metricsRoutes({ orm, metrics, log }: ApiDeps): Route[] {
  const read = cached(async () => {
    const [counters, workload] = await Promise.all([readCounters(orm), readWorkload(orm)]);
    return [...counters, ...workloadFamilies(workload)];
  }, CACHED_MS);
  return [
    route({
      method: 'get',
      path: '/metrics',
      access: null,
      tag: 'service',
      summary: 'Metrics in the text format of Prometheus',
      answers: {
        200: { contentType: 'text/plain', description: 'Metrics, version 0.0.4 of the format.' },
      },
      handle: async () => {
        const families = await read().catch((error: unknown) => {
          log.warn({ err: error }, 'metrics of the database cannot be read');
          return [];
        });
        const up = families.length === 0 ? 0 : 1;
        const database = renderFamilies([...families, databaseUp(up)]);
        return text(CONTENT_TYPE, `${await metrics.metrics()}\n${database}`);
      },
    }),
  ];
}

const databaseUp = (value: number) => ({
  name: 'conclave_database_up',
  type: 'gauge' as const,
  help: '1: the counters of the database could be read.',
  samples: [{ labels: {}, value }],
});
