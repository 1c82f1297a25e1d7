/** A Temporal Schedule's id is its row's id with a prefix. */
export const scheduleIdOf = (id: string): string => `schedule/${id}`;

/** Argument of `startScheduled`, fixed when Temporal was told of the schedule. */
export interface ScheduledStart {
  readonly ownerId: string;
  readonly scheduleId: string;
  /** When it is due, as Temporal knows it: a start out of step with the row is not made. Null: none is asked for. */
  readonly times: string | null;
}

/** Input of the activity: the start, and the moment (ISO 8601) for which it is made. */
export interface DueStart extends ScheduledStart {
  readonly dueAt: string;
}

/** The workflow that sees, a little later, that Temporal knows a schedule as its row has it. */
export const checkIdOf = (id: string): string => `${scheduleIdOf(id)}/check`;

/** When a schedule is due, in one line. */
export const timesOf = ({ cron, timezone }: { cron: string; timezone: string }): string =>
  `${cron} ${timezone}`;
