import { defineEntity, p } from '@mikro-orm/core';
import { sized } from '../checks.ts';
import { id, moment, rowVersion, timestamps } from '../columns.ts';

const ScheduleSchema = defineEntity({
  name: 'Schedule',
  properties: {
    id,
    /** Null: shared by all. */
    ownerId: p.uuid().nullable(),
    name: p.text().check(sized('name', 1, 255)),
    cron: p.text().check(sized('cron', 1, 255)),
    /** A name of the time zone database. */
    timezone: p
      .text()
      .default('UTC')
      .check(sized('timezone', 1, 64)),
    /** The start that is made each time, as it was sent. */
    body: p.json<Record<string, unknown>>(),
    paused: p.boolean().default(false),
    /** Why the latest start was not accepted; null: it was. */
    lastError: p.text().nullable(),
    /** When it was due last. */
    lastRunAt: moment().nullable(),
    /** The execution that it started last. */
    lastExecutionId: p.uuid().nullable(),
    ...timestamps,
    rowVersion,
  },
  uniques: [
    { properties: ['ownerId', 'name'], where: 'owner_id is not null' },
    { name: 'schedule_shared_name_key', properties: ['name'], where: 'owner_id is null' },
  ],
  indexes: [{ properties: ['ownerId', 'createdAt'] }],
});

/** An execution that is started again and again; Temporal's schedule of the same id holds no more than the times. */
export class Schedule extends ScheduleSchema.class {}
ScheduleSchema.setClass(Schedule);
