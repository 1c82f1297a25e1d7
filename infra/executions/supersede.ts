import type { EntityManager } from '@mikro-orm/postgresql';
import type { Execution } from '../db/entities/execution.ts';
import { Message } from '../db/entities/message.ts';
import { WAITING } from '../db/interjections.ts';

/**
 * Sets aside what a retry is to try anew: turns that came to nothing, unless good ones were taken knowing of it, and in a
 * pipeline whatever came after its last checkpoint. So no good turn hears anything else than before, and none is asked
 * again. What people said and no good turn has heard waits for a place again, also what had found none.
 */
export async function supersede(
  em: EntityManager,
  { id, error }: Pick<Execution, 'id' | 'error'>,
): Promise<void> {
  const { checkpoint, last, known } = await readGood(em, id);
  await em.execute(TURNS, [id, checkpoint, known, error ?? null]);
  await em.execute(CALLS, [id, checkpoint]);

  const said = { executionId: id, messageType: 'interjection' as const, supersededAt: null };
  const unheard = { sequence: { $gt: checkpoint ?? last } };
  await em.nativeUpdate(
    Message,
    { ...said, $or: [{ deliveryStatus: 'expired' }, { deliveryStatus: 'delivered', ...unheard }] },
    WAITING,
  );
  // Answers at gates are placed by their gates, in case they are come to again.
  await em.nativeUpdate(
    Message,
    { ...said, deliveryStatus: null, ...unheard },
    { supersededAt: new Date() },
  );
}

/** What a retry keeps of an execution. */
interface Good {
  /** The last good turn; 0: there is none. */
  readonly last: number;
  /** The last checkpoint of a pipeline. */
  readonly checkpoint: number | null;
  /** Turns before this one had ended when the last of the good turns was planned. */
  readonly known: number;
}

/** A fork's copy that its story has not come to. */
const UNTAKEN = '(m.copied_from_id is not null and m.ask_hash is null)';

const GOOD = `
  select coalesce(max(m.sequence), 0) as last, max(m.sequence) filter (where m.is_checkpoint) as checkpoint,
    coalesce(max(coalesce((m.kept ->> 'before')::int, c.before)) filter (where not ${UNTAKEN}), 0) as known
  from conclave.message m
  left join lateral (select (x.hears ->> 'before')::int as before from conclave.llm_call x
    where x.execution_id = m.execution_id and x.sequence = m.sequence and x.superseded_at is null and x.state = 'succeeded'
    limit 1) c on true
  where m.execution_id = ? and m.superseded_at is null and m.sender_kind = 'agent' and m.failure_code is null`;

async function readGood(em: EntityManager, executionId: string): Promise<Good> {
  const [good] = await em.execute<[Good]>(GOOD, [executionId]);
  return good;
}

/** Where the execution failed for want of money, whatever could not be paid for is tried. */
const TURNS = `
  update conclave.message m set superseded_at = now()
  from (select ?::uuid as id, ?::int as checkpoint, ?::int as known, ?::text as error) retried
  where m.execution_id = retried.id and m.superseded_at is null and m.sender_kind = 'agent'
    and (m.sequence > checkpoint or m.failure_code is not null and not ${UNTAKEN}
      and (m.sequence >= known or error = 'budget_exhausted' and m.failure_code = error))`;

/** Failures of turns that are tried anew, or were broken off; those of a turn that stands stay with it. */
const CALLS = `
  update conclave.llm_call c set superseded_at = now()
  from (select ?::uuid as id, ?::int as checkpoint) retried
  where c.execution_id = retried.id and c.superseded_at is null
    and (c.sequence > checkpoint or c.error_code is not null and not exists (select from conclave.message m
      where m.execution_id = c.execution_id and m.sequence = c.sequence and m.superseded_at is null and m.sender_kind = 'agent'))`;
