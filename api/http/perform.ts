import type { EntityManager } from '@mikro-orm/postgresql';
import { crashPoint } from '../../infra/faults/crash-point.ts';
import type { Answer } from './answers.ts';
import { claim, keep, type Repeatable } from '../middleware/idempotency.ts';
import type { Call, Route } from './route.ts';

type Work = () => Promise<void>;
interface Perform {
  readonly route: Route;
  /** Everything but what depends on the transaction. */
  readonly call: Omit<Call<unknown, unknown, unknown>, 'afterCommit'>;
  /** Set for a POST with an `Idempotency-Key`. */
  readonly repeatable: Repeatable | null;
}

/** Runs the handler: writes in one transaction, together with the kept answer; then what was to follow the commit. */
export async function perform({ route, call, repeatable }: Perform): Promise<Answer> {
  const work: Work[] = [];
  const afterCommit = (next: Work): void => void work.push(next);
  const answer =
    route.method === 'get' || route.transaction === false
      ? await route.handle({ ...call, afterCommit })
      : await call.em.transactional((em) =>
          once(em, repeatable, () => route.handle({ ...call, em, afterCommit })),
        );
  for (const next of work) await next();
  return answer;
}

async function once(
  em: EntityManager,
  repeatable: Repeatable | null,
  handle: () => Promise<Answer>,
): Promise<Answer> {
  if (repeatable === null) return handle();
  const earlier = await claim(em, repeatable);
  if (earlier) return earlier;
  const answer = await handle();
  await em.flush();
  crashPoint('a4');
  if (answer.kind === 'json') await keep(em, repeatable, answer);
  return answer;
}
