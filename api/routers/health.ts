import { z } from 'zod';
import { UNDONE_WORK, type Workload, readWorkload } from '../../infra/telemetry/workload.ts';
import { findWorker, oldestTurnSeconds, pingTemporal } from '../../infra/temporal/probe.ts';
import type { ApiDeps } from '../deps.ts';
import { ok } from '../http/answers.ts';
import { type Route, route } from '../http/route.ts';

const PATIENCE_MS = 3_000;
/** Longer than the sweep takes to find what was left lying, even right after a restart. */
const OVERDUE_S = 90;

const PARTS = ['postgresql', 'temporal', 'orchestration'] as const;
const WORK = [...UNDONE_WORK, 'turn'] as const;

const Readiness = z
  .strictObject({
    status: z.enum(['ready', 'not_ready']),
    idle: z.boolean().meta({
      description:
        'Ready, and there is nothing to do: no execution is queued, being prepared or running, nothing waits.',
    }),
    notAnswering: z.array(z.enum(PARTS)).meta({ description: 'What does not answer.' }),
    overdue: z.array(z.strictObject({ work: z.enum(WORK), seconds: z.int() })).meta({
      description: `Work that nobody takes: it has waited for more than ${OVERDUE_S} seconds.`,
    }),
  })
  .meta({ id: 'Readiness' });
type Readiness = z.infer<typeof Readiness>;

/** `/healthz`: the process is up. `/readyz`: so is all that it needs, and what there is to do is done. */
export function healthRoutes(deps: ApiDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/healthz',
      access: null,
      tag: 'service',
      summary: 'The process is up',
      answers: { 200: z.strictObject({ status: z.literal('up') }) },
      handle: async () => ok({ status: 'up' }),
    }),
    route({
      method: 'get',
      path: '/readyz',
      access: null,
      tag: 'service',
      summary: 'PostgreSQL, Temporal and an orchestration worker answer, and no work is left lying',
      answers: { 200: Readiness, 503: Readiness },
      handle: async () => {
        const readiness = await readinessOf(deps);
        return ok(readiness, { status: readiness.status === 'ready' ? 200 : 503 });
      },
    }),
  ];
}

async function readinessOf({ orm, temporal }: ApiDeps): Promise<Readiness> {
  const [workload, ping, worker, turnSeconds] = await Promise.all([
    inTime(readWorkload(orm)),
    inTime(pingTemporal(temporal, PATIENCE_MS)),
    inTime(findWorker(temporal, PATIENCE_MS)),
    inTime(oldestTurnSeconds(temporal, PATIENCE_MS)),
  ]);
  const parts = { postgresql: workload, temporal: ping, orchestration: worker };
  const notAnswering = PARTS.filter((part) => parts[part] === null);
  // While calls are under way, turns that wait only wait for their place.
  const oldest = { ...workload?.oldestSeconds, turn: workload?.flights === 0 ? turnSeconds : null };
  const overdue = WORK.flatMap((work) => {
    const seconds = Math.round(oldest[work] ?? 0);
    return seconds > OVERDUE_S ? [{ work, seconds }] : [];
  });
  const isReady = notAnswering.length === 0 && overdue.length === 0;
  return {
    status: isReady ? 'ready' : 'not_ready',
    idle: isReady && workload !== null && !isBusy(workload),
    notAnswering,
    overdue,
  };
}

/** Paused executions wait for people. */
const isBusy = ({ executions, flights, unnumberedEvents }: Workload): boolean =>
  executions.queued + executions.preparing + executions.running + flights + unnumberedEvents > 0;

/** The answer; null when there is none in time, or something goes wrong. */
async function inTime<T>(answer: Promise<T>): Promise<T | null> {
  const late = new Promise<null>((resolve) => {
    setTimeout(() => resolve(null), PATIENCE_MS).unref();
  });
  return Promise.race([answer.catch(() => null), late]);
}
