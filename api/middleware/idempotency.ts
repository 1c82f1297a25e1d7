import { createHash } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { EngineError, InvalidRequest } from '../../workflows/contract/errors.ts';
import type { JsonAnswer } from '../http/answers.ts';
import { RetryLater } from './problems.ts';

/** How long an answer is kept for repeats of its request. */
const KEPT = '24 hours';
/** How long the second of two at once waits for the first. */
const WAIT_MS = 5_000;
const LOCK_NOT_AVAILABLE = '55P03';
const KEY = /^[\x21-\x7e]{1,255}$/;

/** What makes two requests the same one. */
export interface Repeatable {
  readonly ownerId: string;
  readonly key: string;
  /** Method, path and query. */
  readonly route: string;
  readonly bodyHash: Buffer;
}

/** An answer as it is kept: its text, so that a repeat gets the same bytes. */
interface Kept {
  readonly json: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

interface RecordRow {
  readonly route: string;
  readonly body_hash: Buffer;
  readonly status_code: number;
  readonly body: Kept | null;
}

/** Reads `Idempotency-Key`; undefined without one. */
export function readIdempotencyKey(value: string | undefined): string | undefined {
  if (value === undefined || KEY.test(value)) return value;
  throw new InvalidRequest([
    { path: 'Idempotency-Key', message: 'is 1 to 255 visible ASCII characters' },
  ]);
}

/** The hash of a request's body; without one, of nothing. */
export const hashOf = (body: Buffer | undefined): Buffer => body ?? createHash('sha256').digest();

/**
 * Claims the key for this request, within its transaction: whoever comes second waits for the first to commit, and a
 * request whose process dies takes its claim with it. Returns the kept answer of an earlier request, or null: go on.
 */
export async function claim(em: EntityManager, request: Repeatable): Promise<JsonAnswer | null> {
  const { ownerId, key, route, bodyHash } = request;
  const claimed = await waitingForFirst(em, () =>
    em.execute<{ key: string }[]>(
      `insert into conclave.idempotency_record (owner_id, key, route, body_hash, expires_at)
       values (?, ?, ?, ?, now() + interval '${KEPT}')
       on conflict (owner_id, key) do update
       set route = excluded.route, body_hash = excluded.body_hash, expires_at = excluded.expires_at,
           created_at = now(), status_code = null, body = null, resource_id = null
       where idempotency_record.expires_at < now()
       returning key`,
      [ownerId, key, route, bodyHash],
    ),
  );
  if (claimed.length > 0) return null;
  const [record] = await em.execute<RecordRow[]>(
    'select route, body_hash, status_code, body from conclave.idempotency_record where owner_id = ? and key = ?',
    [ownerId, key],
  );
  if (!record) throw new RetryLater('conflict', 'The first request of this key has just ended.', 1);
  return replay(record, request);
}

/** Keeps the answer, in the transaction that did the work. Secrets are not kept. */
export async function keep(
  em: EntityManager,
  { ownerId, key }: Repeatable,
  { status, headers, secret, json }: JsonAnswer,
): Promise<void> {
  const kept: Kept | null = secret ? null : { json, headers };
  await em.execute(
    `update conclave.idempotency_record set status_code = ?, body = ?::jsonb where owner_id = ? and key = ?`,
    [status, kept && JSON.stringify(kept), ownerId, key],
  );
}

function replay(record: RecordRow, { route, bodyHash }: Repeatable): JsonAnswer {
  if (record.route !== route || !record.body_hash.equals(bodyHash))
    throw new EngineError(
      'conflict',
      'This Idempotency-Key was used for another request; take a new key for a new request.',
    );
  if (record.body === null)
    throw new EngineError(
      'conflict',
      'This was done, and its answer held a secret that is shown only once. Use a new Idempotency-Key to make another.',
    );
  return {
    kind: 'json',
    status: record.status_code,
    json: record.body.json,
    headers: { ...record.body.headers, 'Idempotent-Replayed': 'true' },
    secret: false,
  };
}

async function waitingForFirst<T>(em: EntityManager, insert: () => Promise<T>): Promise<T> {
  try {
    await em.execute(`set local lock_timeout = ${WAIT_MS}`);
    return await insert();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== LOCK_NOT_AVAILABLE) throw error;
    throw new RetryLater('conflict', 'The first request of this key is still running.', 1, {
      cause: error,
    });
  }
}
