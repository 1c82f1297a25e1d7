import { pino } from 'pino';
import { Event } from '../../../infra/db/entities/event.ts';
import { Execution } from '../../../infra/db/entities/execution.ts';
import { Schedule } from '../../../infra/db/entities/schedule.ts';
import { UserAccount } from '../../../infra/db/entities/user-account.ts';
import { newId } from '../../../infra/db/new-id.ts';
import { asOwner, asPrincipal } from '../../../infra/db/session.ts';
import { makeScheduleStarter } from '../../../infra/schedules/start-scheduled.ts';
import { describeSchedule, tellTemporal } from '../../../infra/schedules/temporal-schedule.ts';
import { StartExecution } from '../../../workflows/contract/executions.schema.ts';
import { type ScheduledStart, timesOf } from '../../../workflows/contract/schedules.ts';
import { test as base } from '../../support/fixtures.ts';
import { makeOwner } from '../../support/work.ts';

/** A moment at which the schedule is due. */
export const DUE = '2026-11-20T06:30:00.000Z';
/** The start that it makes. */
export const BODY = StartExecution.parse({
  inline: {
    type: 'debate',
    config: { consensusMethod: 'majority' },
    members: ['debater_1', 'debater_2'].map((slot) => ({
      slot,
      agent: { name: slot, role: 'critic' },
    })),
  },
  input: { question: 'What is new?' },
  title: 'Every morning',
});

/** `test` with a schedule that Temporal knows. No worker polls: what was started stays as it is. */
export const test = base.extend('scheduled', async ({ orm, temporal }) => {
  const { client } = temporal;
  const ownerId = await makeOwner(orm);
  const em = asOwner(orm.em, ownerId);
  const schedule = em.create(Schedule, {
    id: newId(),
    ownerId,
    name: 'morning',
    cron: '30 7 * * MON-FRI',
    timezone: 'Europe/Zurich',
    body: { ...BODY },
  });
  await em.flush();
  await tellTemporal(client, schedule);
  const defaults = { defaultModel: null, environmentProviders: [] };
  const log = pino({ level: 'silent' });
  const starter = makeScheduleStarter({ em: orm.em, temporal: client, defaults, log });
  const own = () => asOwner(orm.em, ownerId);
  return {
    client,
    defaults,
    own,
    ownerId,
    id: schedule.id,
    /** Changes the row alone, as when the word to Temporal was lost. */
    change: (fields: Partial<Schedule>) =>
      own().nativeUpdate(Schedule, { id: schedule.id }, fields),
    changeOwner: (fields: Partial<UserAccount>) =>
      asPrincipal(orm.em, { userId: ownerId, roles: ['admin'] }).nativeUpdate(
        UserAccount,
        { id: ownerId },
        fields,
      ),
    remove: () => own().nativeDelete(Schedule, { id: schedule.id }),
    row: () => own().findOneOrFail(Schedule, { id: schedule.id }),
    told: (id = schedule.id) => describeSchedule(client, id),
    executions: () => own().find(Execution, { ownerId }),
    events: () => own().find(Event, { ownerId, eventType: 'schedule.failed' }),
    due: (dueAt = DUE, start: Partial<ScheduledStart> = {}) =>
      starter.start({
        ownerId,
        scheduleId: schedule.id,
        times: timesOf(schedule),
        ...start,
        dueAt,
      }),
  };
});
