import type { HumanInteraction } from '../db/entities/human-interaction.ts';
import { inPages, NO_ID, type PageLimits, type SweepDeps } from '../executions/in-pages.ts';
import { wake } from './wake.ts';

type Answered = Pick<HumanInteraction, 'id' | 'executionId' | 'signalWorkflowId' | 'decision'> & {
  readonly decidedAt: string;
};

/** Answers of which no work has taken notice: whoever was to tell it has died, or Temporal was away. */
const UNNOTICED = `
  select i.id, i.execution_id as "executionId", i.signal_workflow_id as "signalWorkflowId", i.decision, i.decided_at::text as "decidedAt"
  from conclave.human_interaction i join conclave.execution e on e.id = i.execution_id
  where i.state = 'answered' and i.signalled_at is null and i.decided_at < now() - interval '5 seconds'
    and e.completed_at is null and (i.decided_at, i.id) > (?::timestamptz, ?::uuid)
  order by i.decided_at, i.id limit ?`;
const FIRST = { decidedAt: '-infinity', id: NO_ID };

/** Tells the work that waits for them of all such answers; returns how many there are. */
export async function tellAnswered(
  { em, temporal, log }: SweepDeps,
  limits: PageLimits,
): Promise<number> {
  const done = await inPages(
    limits,
    ({ decidedAt, id }: Pick<Answered, 'decidedAt' | 'id'> = FIRST) =>
      em.fork().execute<Answered[]>(UNNOTICED, [decidedAt, id, limits.batch]),
    async (row: Answered) => {
      const standing = await wake(temporal, row, log);
      // However long it has waited, it is not left open until the sweep would look at it again.
      if (standing === 'ended') await em.fork().execute(DUE_NOW, [row.executionId]);
    },
  );
  return done.length;
}

const DUE_NOW = 'update conclave.execution set next_check_at = now() where id = ?';
