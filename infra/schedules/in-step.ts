import type { EntityManager } from '@mikro-orm/postgresql';
import type { Client } from '@temporalio/client';
import { Schedule } from '../db/entities/schedule.ts';
import {
  askForCheck,
  removeFromTemporal,
  type TemporalSchedule,
  tellTemporal,
} from './temporal-schedule.ts';

/**
 * Tells Temporal of a row that the transaction has written and is about to commit. What is due meanwhile waits for the
 * commit, and Temporal hears of changes in the order in which they are made.
 */
export async function tellBeforeCommit(
  em: EntityManager,
  temporal: Client,
  row: TemporalSchedule,
  { isMoved = false }: { readonly isMoved?: boolean } = {},
): Promise<void> {
  await hold(em, row.id);
  // Should the commit not come: the times that the row keeps are none at which Temporal would find that out.
  if (isMoved) await askForCheck(temporal, row);
  await tellTemporal(temporal, row);
}

/** Tells Temporal what the row says, or that there is none, once all that is under way is committed; returns the row. */
export async function setRight(
  em: EntityManager,
  temporal: Client,
  id: string,
): Promise<Schedule | null> {
  return em.transactional(async (tx) => {
    await hold(tx, id);
    const schedule = await tx.findOne(Schedule, { id }, { refresh: true });
    await (schedule ? tellTemporal(temporal, schedule) : removeFromTemporal(temporal, id));
    return schedule;
  });
}

/** Until the transaction ends nobody else tells Temporal of this schedule. A row that is not committed yet could not be locked. */
async function hold(em: EntityManager, id: string): Promise<void> {
  await em.execute(`select pg_advisory_xact_lock(hashtextextended('conclave/schedule/' || ?, 0))`, [
    id,
  ]);
}
