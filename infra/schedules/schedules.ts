import type { EntityManager } from '@mikro-orm/postgresql';
import type { Client } from '@temporalio/client';
import { NotFound } from '../../workflows/contract/errors.ts';
import type { StartExecution } from '../../workflows/contract/executions.schema.ts';
import type { NewSchedule, ScheduleChange } from '../../workflows/contract/schedules.schema.ts';
import { timesOf } from '../../workflows/contract/schedules.ts';
import { Schedule } from '../db/entities/schedule.ts';
import { newId } from '../db/new-id.ts';
import { findingsError, nest } from '../executions/findings.ts';
import { resolveStart } from '../executions/resolve-start.ts';
import type { ModelDefaults } from '../executions/resolve-seats.ts';
import { tellBeforeCommit } from './in-step.ts';
import { describeSchedule } from './temporal-schedule.ts';

/** Where schedules are written, within the caller's transaction. */
interface Place {
  readonly em: EntityManager;
  readonly temporal: Client;
  readonly defaults: ModelDefaults;
}

/** Writes a schedule, and tells Temporal of it: when Temporal does not take it, nothing is written. */
export async function createSchedule(
  place: Place,
  ownerId: string,
  body: NewSchedule,
): Promise<Schedule> {
  const { em, temporal } = place;
  await checkStart(place, ownerId, body.execution);
  const schedule = em.create(Schedule, {
    id: newId(),
    ownerId,
    name: body.name,
    cron: body.cron,
    timezone: body.timezone,
    body: { ...body.execution },
    paused: body.paused,
  });
  await em.flush();
  await tellBeforeCommit(em, temporal, schedule);
  return schedule;
}

/** Changes a schedule that was loaded, here and in Temporal. */
export async function changeSchedule(
  place: Place,
  schedule: Schedule,
  { execution, ...fields }: Given<ScheduleChange> & { readonly paused?: boolean },
): Promise<void> {
  const { em, temporal } = place;
  if (execution) {
    await checkStart(place, schedule.ownerId!, execution);
    schedule.body = { ...execution };
  }
  const before = timesOf(schedule);
  em.assign(schedule, fields);
  await em.flush();
  await tellBeforeCommit(em, temporal, schedule, { isMoved: timesOf(schedule) !== before });
}

/** A change holds only what it names. */
type Given<Fields> = { readonly [Name in keyof Fields]?: Exclude<Fields[Name], undefined> };

/** One's own schedule. Throws `NotFound`. */
export async function loadSchedule(em: EntityManager, id: string): Promise<Schedule> {
  const schedule = await em.findOne(Schedule, { id });
  if (!schedule) throw new NotFound('schedule');
  return schedule;
}

const SHOWN = 5;

/** When it is due next; none where it is paused, null where Temporal does not say. */
export async function nextRuns(
  client: Client,
  { id, paused }: Pick<Schedule, 'id' | 'paused'>,
): Promise<string[] | null> {
  if (paused) return [];
  const description = await describeSchedule(client, id).catch(() => null);
  return (
    description?.info.nextActionTimes.slice(0, SHOWN).map((time) => time.toISOString()) ?? null
  );
}

/** A start that could not be made now is not saved for later. */
async function checkStart(
  { em, defaults }: Place,
  ownerId: string,
  execution: StartExecution,
): Promise<void> {
  const { findings } = await resolveStart({ em, ownerId }, execution, defaults);
  const error = findingsError(nest(findings, 'execution'));
  if (error) throw error;
}
