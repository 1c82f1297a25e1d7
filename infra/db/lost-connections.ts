import type { Pool, PoolClient } from 'pg';

/**
 * Takes back a connection that is lost while it is lent. The mapper's transactions do not: when BEGIN, COMMIT or
 * ROLLBACK fails because the connection has gone, the query builder below it (kysely 0.29.6) never returns it, and a pool
 * that has lost as many as it may hold makes everybody wait for ever.
 */
export function takeBackLostConnections(pool: Pool): void {
  const lent = new WeakSet<PoolClient>();
  pool.on('acquire', (client) => lent.add(client));
  pool.on('release', (_error, client) => lent.delete(client));
  pool.on('connect', (client) => {
    client.once('end', () => {
      if (!lent.has(client)) return;
      client.release(true);
      client.release = () => {}; // whoever still holds it may return it all the same
    });
  });
}
