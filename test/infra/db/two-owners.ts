import { MikroORM } from '@mikro-orm/postgresql';
import { Client } from 'pg';
import { ormConfig } from '../../../infra/db/orm.config.ts';
import { test as base } from '../../support/fixtures.ts';
import { newWorld } from './world.ts';

/** Tables of the product, without partitions and the migrations' own. */
export const TABLES = `select c.relname as name, c.oid from pg_class c
  where c.relnamespace = 'conclave'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    and c.relname <> 'mikro_orm_migrations'`;

/** `test` with two owners who have a row in every table, and a superuser's client that sees all of it. */
export const test = base
  .extend('admin', { scope: 'file' }, async ({ database }, { onCleanup }) => {
    const admin = new Client({ connectionString: database.adminUrl });
    await admin.connect();
    await admin.query('set search_path = conclave');
    onCleanup(() => admin.end());
    return admin;
  })
  .extend('world', { scope: 'file' }, async ({ database }) => {
    const orm = await MikroORM.init(ormConfig(database.adminUrl));
    try {
      return await orm.em.fork().transactional(async (em) => {
        const [one, two] = [newWorld(em), newWorld(em)];
        await em.flush();
        return { one: one.id, two: two.id };
      });
    } finally {
      await orm.close();
    }
  });

/** Runs `work` in a transaction that is undone, under the application's role and this user's context. */
export async function as<T>(
  admin: Client,
  who: { readonly userId: string; readonly role?: string },
  work: () => Promise<T>,
): Promise<T> {
  await admin.query('begin');
  try {
    await admin.query(
      `select set_config('app.user_id', $1, true), set_config('app.role', $2, true)`,
      [who.userId, who.role ?? ''],
    );
    await admin.query('set local role conclave_app');
    return await work();
  } finally {
    await admin.query('rollback');
  }
}

/** Runs `work` in a transaction of a superuser that is undone, with deferred checks made at its end. */
export async function tried(admin: Client, work: () => Promise<unknown>): Promise<void> {
  await admin.query('begin');
  try {
    await work();
    await admin.query('set constraints all immediate');
  } finally {
    await admin.query('rollback');
  }
}
