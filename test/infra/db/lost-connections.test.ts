import { setTimeout as sleep } from 'node:timers/promises';
import { type EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { expect } from 'vitest';
import { ormConfig } from '../../../infra/db/orm.config.ts';
import { test as base } from '../../support/fixtures.ts';
import { openPostgresTap, type PostgresTap } from '../../support/postgres-tap.ts';

const POOL_SIZE = 2;

const test = base
  .extend('tap', { scope: 'file' }, async ({ database }, { onCleanup }): Promise<PostgresTap> => {
    const tap = await openPostgresTap(database.adminUrl);
    onCleanup(() => tap.close());
    return tap;
  })
  .extend('mapper', async ({ database, tap }, { onCleanup }): Promise<MikroORM> => {
    const url = tap.tapped(database.appUrl);
    const orm = await MikroORM.init(ormConfig(url, { poolSize: POOL_SIZE }));
    onCleanup(() => orm.close());
    return orm;
  });

/** Does `work` while the connection is lost in the middle of it; how it failed. */
async function lose(
  tap: PostgresTap,
  work: (cut: () => void) => Promise<unknown>,
): Promise<unknown> {
  const failed = work(() => tap.cut()).then(
    () => null,
    (error: unknown) => error,
  );
  const error = await failed;
  tap.mend();
  return error;
}

const one = (em: EntityManager): Promise<unknown> => em.execute('select 1');

test.for([
  [
    'between the statements of a transaction',
    (orm: MikroORM, cut: () => void) =>
      orm.em.fork().transactional(async (em) => {
        await one(em);
        cut();
        await sleep(50);
        await one(em);
      }),
  ],
  [
    'before a commit',
    (orm: MikroORM, cut: () => void) =>
      orm.em.fork().transactional(async (em) => {
        await one(em);
        cut();
      }),
  ],
  [
    'before a transaction begins',
    async (orm: MikroORM, cut: () => void) => {
      await one(orm.em.fork());
      cut();
      await orm.em.fork().transactional(one);
    },
  ],
  [
    'during a statement',
    async (orm: MikroORM, cut: () => void) => {
      setTimeout(cut, 50);
      await orm.em.fork().execute('select pg_sleep(5)');
    },
  ],
] as const)(
  'a connection that is lost %s costs the pool nothing',
  async ([, work], { mapper, tap }) => {
    for (let i = 0; i < 2 * POOL_SIZE; i += 1)
      expect(await lose(tap, (cut) => work(mapper, cut))).toBeInstanceOf(Error);

    const all = Promise.all(
      Array.from({ length: 2 * POOL_SIZE }, () => mapper.em.fork().execute('select 7 as n')),
    );
    const waited = await Promise.race([all, sleep(5_000, 'nobody answers')]);
    expect(waited).toEqual(Array.from({ length: 2 * POOL_SIZE }, () => [{ n: 7 }]));
  },
);
