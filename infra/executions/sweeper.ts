import type { Sweeper } from '../../activities/ports/services.ts';
import { tellAnswered } from '../interactions/tell-answered.ts';
import type { PageLimits, SweepDeps } from './in-pages.ts';
import { lookAfterDue } from './look-after.ts';
import { tellWaiting } from './tell-interjections.ts';

/** Of each list. All three together, and a call to Temporal that takes its time, fit into the minute of the activity. */
const LIMITS: PageLimits = { batch: 200, limitMs: 10_000 };

/** Looks for executions whose row and workflow disagree, under the role `conclave_system`. */
export function makeSweeper({
  limits = LIMITS,
  ...deps
}: SweepDeps & { readonly limits?: PageLimits }): Sweeper {
  return {
    async sweep() {
      const lookedAfter = await lookAfterDue(deps, limits);
      const told = await tellWaiting(deps, limits);
      const [{ n: released }] = await deps.em
        .fork()
        .execute<[{ n: number }]>('select abandon_flights(null, 1000) as n');
      const woken = await tellAnswered(deps, limits);
      return { ...lookedAfter, told, released, woken };
    },
  };
}
