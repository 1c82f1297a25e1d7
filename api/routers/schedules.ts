import { Schedule } from '../../infra/db/entities/schedule.ts';
import { asOwner } from '../../infra/db/session.ts';
import {
  changeSchedule,
  createSchedule,
  loadSchedule,
  nextRuns,
} from '../../infra/schedules/schedules.ts';
import { setRight } from '../../infra/schedules/in-step.ts';
import { NewSchedule, ScheduleChange } from '../../workflows/contract/schedules.schema.ts';
import type { ApiDeps } from '../deps.ts';
import { created, noContent, ok } from '../http/answers.ts';
import { given } from '../http/given.ts';
import { findPage, pageOf, paging } from '../http/paging.ts';
import { idOf, type Route, route } from '../http/route.ts';
import { ScheduleSummary, ScheduleView, scheduleSummary } from './schedules/views.ts';

/** `/v1/schedules`: executions that are started again and again. */
export function scheduleRoutes({ orm, temporal, config: defaults, log }: ApiDeps): Route[] {
  const one = { tag: 'schedules', params: { id: idOf('schedule') } } as const;
  const whole = async (schedule: Schedule) => ({
    ...scheduleSummary(schedule),
    nextRuns: await nextRuns(temporal, schedule),
  });
  // What fails here sets itself right: a schedule that Temporal finds due without a row, or with a paused one, starts nothing.
  const tellLater =
    ({ id, ownerId }: Schedule) =>
    async (): Promise<void> => {
      try {
        await setRight(asOwner(orm.em, ownerId!), temporal, id);
      } catch (error) {
        const what = { err: error, scheduleId: id };
        log.warn(what, 'Temporal was not told of a schedule that has changed');
      }
    };
  return [
    route({
      method: 'post',
      path: '/v1/schedules',
      access: { scope: 'run' },
      tag: 'schedules',
      summary: 'Start an execution again and again, at the times of a cron line',
      body: NewSchedule,
      answers: { 201: ScheduleView },
      handle: async ({ em, principal, body }) => {
        const place = { em, temporal, defaults };
        const schedule = await createSchedule(place, principal.userId, body);
        return created(await whole(schedule), {
          location: `/v1/schedules/${schedule.id}`,
          version: schedule.rowVersion,
        });
      },
    }),
    route({
      method: 'get',
      path: '/v1/schedules',
      access: { scope: 'read' },
      tag: 'schedules',
      summary: 'List schedules, newest first',
      query: paging,
      answers: { 200: pageOf(ScheduleSummary) },
      handle: async ({ em, principal, query }) => {
        const where = { ownerId: principal.userId };
        const { rows, nextCursor } = await findPage(em, Schedule, where, query);
        return ok({ items: rows.map(scheduleSummary), nextCursor });
      },
    }),
    route({
      ...one,
      method: 'get',
      path: '/v1/schedules/:id',
      access: { scope: 'read' },
      summary: 'Read a schedule, with the next times',
      answers: { 200: ScheduleView },
      handle: async ({ em, params: { id } }) => {
        const schedule = await loadSchedule(em, id);
        return ok(await whole(schedule), { version: schedule.rowVersion });
      },
    }),
    route({
      ...one,
      method: 'patch',
      path: '/v1/schedules/:id',
      access: { scope: 'run' },
      summary: 'Change a schedule',
      body: ScheduleChange,
      answers: { 200: ScheduleView },
      handle: async ({ em, params: { id }, body, ifMatch }) => {
        const schedule = await loadSchedule(em, id);
        ifMatch(schedule.rowVersion);
        await changeSchedule({ em, temporal, defaults }, schedule, given(body));
        return ok(await whole(schedule), { version: schedule.rowVersion });
      },
    }),
    route({
      ...one,
      method: 'post',
      path: '/v1/schedules/:id/pause',
      access: { scope: 'run' },
      summary: 'Start nothing more until it is resumed',
      answers: { 200: ScheduleView },
      handle: async ({ em, params: { id }, afterCommit }) => {
        const schedule = await loadSchedule(em, id);
        schedule.paused = true;
        await em.flush();
        // From now on nothing is started, whatever Temporal knows of it.
        afterCommit(tellLater(schedule));
        return ok(await whole(schedule), { version: schedule.rowVersion });
      },
    }),
    route({
      ...one,
      method: 'post',
      path: '/v1/schedules/:id/resume',
      access: { scope: 'run' },
      summary: 'Start again, from the next time on',
      answers: { 200: ScheduleView },
      handle: async ({ em, params: { id } }) => {
        const schedule = await loadSchedule(em, id);
        await changeSchedule({ em, temporal, defaults }, schedule, { paused: false });
        return ok(await whole(schedule), { version: schedule.rowVersion });
      },
    }),
    route({
      ...one,
      method: 'delete',
      path: '/v1/schedules/:id',
      access: { scope: 'run' },
      summary: 'Remove a schedule; what it started stays',
      answers: { 204: null },
      handle: async ({ em, params: { id }, afterCommit }) => {
        const schedule = await loadSchedule(em, id);
        await em.remove(schedule).flush();
        afterCommit(tellLater(schedule));
        return noContent();
      },
    }),
  ];
}
