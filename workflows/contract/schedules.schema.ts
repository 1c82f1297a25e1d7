import { z } from 'zod';
import { StartExecution } from './executions.schema.ts';

const FIELDS = /^\S+(\s+\S+){4}$/;
const ALPHABET = /^[\dA-Za-z*/,\-\s]+$/;
/** Days of the month and of the week together mean different things to different schedulers. */
const isOneKindOfDay = (cron: string): boolean => {
  const [, , ofMonth, , ofWeek] = cron.trim().split(/\s+/);
  return ofMonth === '*' || ofWeek === '*';
};

/** When: five fields, from minutes to days of the week. Ranges are checked by Temporal. */
const Cron = z
  .string()
  .max(255)
  .refine((cron) => FIELDS.test(cron.trim()) && ALPHABET.test(cron), {
    message:
      'a cron line has five fields: minute, hour, day of month, month, day of week; 30 7 * * MON-FRI',
  })
  .refine(isOneKindOfDay, {
    message: 'give days of the month or days of the week, and * for the other',
  })
  .transform((cron) => cron.trim().replaceAll(/\s+/g, ' '));

/** A name of the time zone database, spelt as it is there: Temporal takes no other. */
const Timezone = z
  .string()
  .min(1)
  .max(64)
  .refine((name) => !OFFSET.test(name) && zoneOf(name) !== null, {
    message:
      'is no name of a time zone; take one of the time zone database (IANA), such as Europe/Zurich, or UTC',
  })
  .transform(spelt);
const OFFSET = /^[+-]/;

/** What a name stands for, whatever its case; null: nothing. */
function zoneOf(name: string): string | null {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return null;
  }
}

/** Another name of the same zone stays as it was given. */
function spelt(name: string): string {
  const zone = zoneOf(name);
  return zone?.toLowerCase() === name.toLowerCase() ? zone : name;
}

const fields = {
  name: z.string().min(1).max(255),
  cron: Cron.meta({ description: 'Five fields, from minutes to days of the week.' }),
  timezone: Timezone,
  execution: StartExecution.refine(({ deadline }) => deadline === undefined, {
    path: ['deadline'],
    message: 'is one moment, and would have passed the next time; leave it out',
  }),
};

/** The body of `POST /schedules`. */
export const NewSchedule = z
  .strictObject({
    ...fields,
    timezone: Timezone.default('UTC'),
    paused: z.boolean().default(false),
  })
  .meta({ id: 'NewSchedule' });
export type NewSchedule = z.infer<typeof NewSchedule>;

/** The body of `PATCH /schedules/:id`. */
export const ScheduleChange = z.strictObject(fields).partial().meta({ id: 'ScheduleChange' });
export type ScheduleChange = z.infer<typeof ScheduleChange>;
