import type { EntityManager } from '@mikro-orm/postgresql';
import type { Pool } from 'pg';
import { asDatabaseFailure } from './pool.ts';

/** Calls a function of the schema `conclave`, and returns what it returns. */
export type CallFunction = <T>(name: string, values: readonly unknown[]) => Promise<T>;

/** Each call is a transaction of its own and one round trip, by a named statement: planning an unnamed one costs more than running it. */
export const callBy =
  (pool: Pool): CallFunction =>
  async <T>(name: string, values: readonly unknown[]): Promise<T> => {
    const places = values.map((_, i) => `$${i + 1}`).join(', ');
    const statement = {
      name,
      text: `select conclave.${name}(${places}) as result`,
      values: [...values],
    };
    try {
      const { rows } = await pool.query<{ result: T }>(statement);
      return rows[0]!.result;
    } catch (error) {
      throw asDatabaseFailure(error);
    }
  };

/** Within the caller's transaction. */
export const callIn =
  (em: EntityManager): CallFunction =>
  async <T>(name: string, values: readonly unknown[]): Promise<T> => {
    const places = values.map(() => '?').join(', ');
    const [row] = await em.execute<[{ result: T }]>(
      `select conclave.${name}(${places}) as result`,
      [...values],
    );
    return row.result;
  };
