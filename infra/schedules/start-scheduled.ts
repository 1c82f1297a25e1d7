import { createHash } from 'node:crypto';
import { type EntityManager, LockMode, type MikroORM } from '@mikro-orm/postgresql';
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { ScheduleStarter } from '../../activities/ports/services.ts';
import { EngineError, InvalidRequest } from '../../workflows/contract/errors.ts';
import { StartExecution } from '../../workflows/contract/executions.schema.ts';
import { type DueStart, timesOf } from '../../workflows/contract/schedules.ts';
import { covers } from '../../workflows/domain/roles.ts';
import { uuidV7 } from '../../workflows/domain/uuid.ts';
import { Execution } from '../db/entities/execution.ts';
import { Schedule } from '../db/entities/schedule.ts';
import { UserAccount } from '../db/entities/user-account.ts';
import { recordEvent } from '../db/record-event.ts';
import { asOwner } from '../db/session.ts';
import { acceptExecution, startAccepted } from '../executions/accept-execution.ts';
import { addIssues, findingsError, noFindings } from '../executions/findings.ts';
import { resolveStart } from '../executions/resolve-start.ts';
import type { ModelDefaults } from '../executions/resolve-seats.ts';
import { setRight } from './in-step.ts';

interface Deps {
  /** Connected as `conclave_app`. */
  readonly em: MikroORM['em'];
  readonly temporal: Client;
  readonly defaults: ModelDefaults;
  readonly log: Logger;
}

/** The execution that a schedule starts at a moment: the same, however often it is tried. */
const executionIdOf = ({ scheduleId, dueAt }: DueStart): string =>
  uuidV7(Date.parse(dueAt), createHash('sha256').update(`${scheduleId}/${dueAt}`).digest());

/**
 * Starts what schedules ask for, as their owners. The row is the truth: where Temporal is out of step with it, because
 * one of the two was written and the other was not, Temporal is set right and nothing is started.
 */
export const makeScheduleStarter = (deps: Deps): ScheduleStarter => ({
  async start(due) {
    const { scheduleId: id, ownerId } = due;
    const em = asOwner(deps.em, ownerId);
    const isAskedFor =
      asksFor(await em.findOne(Schedule, { id }), due) ||
      asksFor(await setRight(em, deps.temporal, id), due);
    if (!isAskedFor) return;
    const execution = await em.transactional(async (tx) => accepted(tx, due, deps));
    if (execution && execution.runId == null)
      await startAccepted(deps.em.fork(), deps.temporal, execution, deps.log);
  },
});

const asksFor = (schedule: Schedule | null, { times }: DueStart): schedule is Schedule =>
  schedule !== null && !schedule.paused && timesOf(schedule) === times;

/** The execution of this time, which an earlier attempt may have accepted; null, and the reason is noted, where none can be. */
async function accepted(
  em: EntityManager,
  due: DueStart,
  { defaults }: Deps,
): Promise<Execution | null> {
  const { ownerId, scheduleId } = due;
  const id = executionIdOf(due);
  // A pause that was answered holds: one that is being written is waited for.
  const locked = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const;
  const schedule = await em.findOne(Schedule, { id: scheduleId }, locked);
  if (!asksFor(schedule, due)) return null;
  const earlier = await em.findOne(Execution, { id });
  if (earlier) return earlier;
  try {
    permitStart(await em.findOne(UserAccount, { id: ownerId }));
    const body = bodyOf(schedule);
    const { start, findings } = await resolveStart({ em, ownerId }, body, defaults);
    const error = findingsError(findings);
    if (error) throw error;
    const execution = await acceptExecution(em, ownerId, body, start!, { id, actor: 'schedule' });
    await note(em, schedule, due, { lastError: null, lastExecutionId: id });
    return execution;
  } catch (error) {
    if (!(error instanceof EngineError) || error.retryable) throw error;
    await note(em, schedule, due, { lastError: reasonOf(error) });
    recordFailure(em, schedule, due, error.code);
    await em.flush();
    return null;
  }
}

/** Throws `forbidden` where the owner could not make this start himself. */
function permitStart(owner: UserAccount | null): void {
  if (!owner?.isActive)
    throw new EngineError('forbidden', 'The owner of this schedule is deactivated.');
  if (!covers(owner.roles, 'run'))
    throw new EngineError(
      'forbidden',
      'The roles of this schedule’s owner do not cover the scope "run"; ask an admin.',
    );
}

/** What was saved may be older than the rules of today. */
function bodyOf({ body }: Schedule): StartExecution {
  const parsed = StartExecution.safeParse(body);
  if (parsed.success) return parsed.data;
  const { invalid } = noFindings();
  addIssues(invalid, 'execution', parsed.error.issues);
  throw new InvalidRequest(invalid);
}

const reasonOf = (error: EngineError): string =>
  error instanceof InvalidRequest
    ? error.problems.map(({ path, message }) => `${path}: ${message}`).join('\n')
    : error.message;

/** Past the unit of work: a run is no change of the schedule, and leaves its version as it is. */
async function note(
  em: EntityManager,
  { id }: Schedule,
  { dueAt }: DueStart,
  outcome: { readonly lastError: string | null; readonly lastExecutionId?: string },
): Promise<void> {
  await em.execute(
    `update conclave.schedule set last_run_at = ?, last_error = ?, last_execution_id = coalesce(?, last_execution_id)
     where id = ?`,
    [dueAt, outcome.lastError, outcome.lastExecutionId ?? null, id],
  );
}

function recordFailure(
  em: EntityManager,
  { id, ownerId }: Schedule,
  { dueAt }: DueStart,
  code: string,
): void {
  recordEvent(em, {
    ownerId,
    eventType: 'schedule.failed',
    severity: 'error',
    source: 'schedule',
    subjectType: 'schedule',
    subjectId: id,
    payload: { scheduleId: id, dueAt, code },
  });
}
