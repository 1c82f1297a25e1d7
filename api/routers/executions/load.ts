import type { EntityManager } from '@mikro-orm/postgresql';
import { Execution } from '../../../infra/db/entities/execution.ts';
import { NotFound } from '../../../workflows/contract/errors.ts';
import { idOf } from '../../http/route.ts';

/** Tag and path parameter of every route of one execution. */
export const ofExecution = { tag: 'executions', params: { id: idOf('execution') } } as const;

/** The execution of a path. Throws `NotFound`; a foreign one is not there either. */
export async function loadExecution(em: EntityManager, id: string): Promise<Execution> {
  const execution = await em.findOne(Execution, { id });
  if (!execution) throw new NotFound('execution');
  return execution;
}
