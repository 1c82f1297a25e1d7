import { z } from 'zod';
import type { Schedule } from '../../../infra/db/entities/schedule.ts';
import { moment } from '../../http/wire.ts';

/** A schedule, as lists show it. */
export const ScheduleSummary = z
  .strictObject({
    id: z.uuid(),
    name: z.string(),
    cron: z.string(),
    timezone: z.string(),
    paused: z.boolean(),
    execution: z.record(z.string(), z.unknown()).meta({ description: 'The start that is made.' }),
    lastRunAt: moment.nullable().meta({ description: 'When it was due last.' }),
    lastExecutionId: z.uuid().nullable().meta({ description: 'What it started last.' }),
    lastError: z
      .string()
      .nullable()
      .meta({ description: 'Why the latest start was not made; null: it was.' }),
    createdAt: moment,
    updatedAt: moment,
  })
  .meta({ id: 'ScheduleSummary' });

/** A schedule with the times to come. */
export const ScheduleView = ScheduleSummary.extend({
  nextRuns: z.array(moment).nullable().meta({
    description: 'The next five; none while it is paused, null while Temporal does not answer.',
  }),
}).meta({ id: 'Schedule' });

/** A schedule in the words of the API. */
export const scheduleSummary = (row: Schedule): z.input<typeof ScheduleSummary> => ({
  id: row.id,
  name: row.name,
  cron: row.cron,
  timezone: row.timezone,
  paused: row.paused,
  execution: row.body,
  lastRunAt: row.lastRunAt?.toISOString() ?? null,
  lastExecutionId: row.lastExecutionId ?? null,
  lastError: row.lastError ?? null,
  createdAt: row.createdAt.toISOString(),
  updatedAt: row.updatedAt.toISOString(),
});
