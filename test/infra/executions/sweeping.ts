import { MikroORM } from '@mikro-orm/postgresql';
import { pino } from 'pino';
import { Execution } from '../../../infra/db/entities/execution.ts';
import { ormConfig } from '../../../infra/db/orm.config.ts';
import { makeSweeper } from '../../../infra/executions/sweeper.ts';
import { test as base } from '../../support/fixtures.ts';
import { makeExecution, makeOwner } from '../../support/work.ts';

/** `test` with a sweep and executions for it. No worker polls in these tests: a workflow that was started stays as it is. */
export const test = base
  .extend('system', { scope: 'file' }, async ({ database }, { onCleanup }) => {
    const orm = await MikroORM.init(ormConfig(database.systemUrl));
    onCleanup(() => orm.close());
    return orm;
  })
  .extend('sweepWith', { scope: 'file' }, async ({ system, temporal }) => {
    const log = pino({ level: 'silent' });
    return (limits?: Parameters<typeof makeSweeper>[0]['limits']) =>
      makeSweeper({
        em: system.em,
        temporal: temporal.client,
        log,
        ...(limits && { limits }),
      }).sweep();
  })
  .extend(
    'sweep',
    { scope: 'file' },
    async ({ sweepWith }) =>
      () =>
        sweepWith(),
  )
  .extend(
    'accept',
    { scope: 'file' },
    async ({ orm, system }) =>
      (runId: string | null = null) =>
        acceptLongAgo(orm, system, runId),
  );

/** An execution that was accepted a while ago. */
async function acceptLongAgo(orm: MikroORM, system: MikroORM, runId: string | null) {
  const ownerId = await makeOwner(orm);
  const id = await makeExecution(orm, ownerId);
  const age = () =>
    system.em.fork().execute(
      `update execution set created_at = now() - interval '1 minute', updated_at = now() - interval '1 minute',
       next_check_at = now(), run_id = coalesce(?, run_id) where id = ?`,
      [runId, id],
    );
  await age();
  return { id, ownerId, age, row: () => system.em.fork().findOneOrFail(Execution, { id }) };
}
