import { Pool } from 'pg';
import { EngineError } from '../../workflows/contract/errors.ts';
import { impatientSocket } from './impatient-socket.ts';
import { sessionOptions } from './orm.config.ts';

/** SQLSTATE classes that say nothing about the statement: connection lost, resources, shutting down, conflict of locks. */
const TRANSIENT_CLASSES = ['08', '53', '57', '40', '55'];

/**
 * A small pool for the functions of a turn, apart from the mapper's: named statements, one round trip each. Time limits
 * are the server's; a connection that had an error is thrown away (node-postgres leaves it broken after its own ones).
 */
export const makePool = (url: string, max: number): Pool => {
  const pool = new Pool({
    connectionString: url,
    max,
    application_name: 'conclave-turns',
    connectionTimeoutMillis: 5_000,
    stream: impatientSocket,
    options: sessionOptions({ timeouts: true }),
  });
  pool.on('error', () => {}); // an idle connection that breaks is replaced by the next one that is asked for
  return pool;
};

/** What a failed statement comes to: `database_unavailable` where trying again can help, else the error as it is. */
export function asDatabaseFailure(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const isTransient = !/^[0-9A-Z]{5}$/.test(code) || TRANSIENT_CLASSES.includes(code.slice(0, 2));
  if (!(error instanceof Error) || !isTransient) return error;
  return new DatabaseUnavailable(error);
}

/** The database did not answer; what was to be written may be written again. */
export class DatabaseUnavailable extends EngineError {
  override readonly retryable = true;

  constructor(cause: Error) {
    super('database_unavailable', 'PostgreSQL does not answer; it is tried again.', { cause });
  }
}
