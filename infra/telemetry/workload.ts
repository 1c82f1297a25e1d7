import type { MikroORM } from '@mikro-orm/postgresql';
import { callIn } from '../db/call.ts';
import type { Family, Sample } from './exposition.ts';

/** What is open or undone at this moment, in the whole database. */
export interface Workload {
  /** By state; those that are closed are not looked at. */
  readonly executions: Readonly<Record<'queued' | 'preparing' | 'running' | 'paused', number>>;
  /** Model calls under way. */
  readonly flights: number;
  /** Events that the relay has not numbered, counted up to 10,000. */
  readonly unnumberedEvents: number;
  /** For how long the oldest has waited; null: none waits. A flight waits from when its lease ran out. */
  readonly oldestSeconds: Readonly<Record<UndoneWork, number | null>>;
}
export const UNDONE_WORK = ['execution', 'event', 'flight'] as const;
export type UndoneWork = (typeof UNDONE_WORK)[number];

/** Looks at what is open; a few index look-ups. */
export const readWorkload = ({ em }: Pick<MikroORM, 'em'>): Promise<Workload> =>
  callIn(em.fork())('workload', []);

/** The workload as metrics. */
export function workloadFamilies(workload: Workload): readonly Family[] {
  const { executions, flights, unnumberedEvents, oldestSeconds } = workload;
  return [
    gauge(
      'conclave_executions',
      'Open executions, by state.',
      Object.entries(executions).map(([state, value]) => ({ labels: { state }, value })),
    ),
    gauge('conclave_calls_in_flight', 'Model calls under way.', [{ labels: {}, value: flights }]),
    gauge('conclave_relay_lag_events', 'Events that wait for the relay, up to 10,000.', [
      { labels: {}, value: unnumberedEvents },
    ]),
    gauge(
      'conclave_oldest_undone_seconds',
      'How long the oldest has waited: of queued executions, unnumbered events, expired calls; 0 where none waits.',
      UNDONE_WORK.map((work) => ({ labels: { work }, value: oldestSeconds[work] ?? 0 })),
    ),
  ];
}

const gauge = (name: string, help: string, samples: readonly Sample[]): Family => ({
  name,
  type: 'gauge',
  help,
  samples,
});
