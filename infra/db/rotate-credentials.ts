import { Client } from 'pg';
import type { KeyRing } from '../config/encryption-keys.ts';
import { resealCredentials } from '../llm/credentials.ts';
import { SecretUnreadable } from '../secrets/envelope.ts';
import { sessionOptions } from './orm.config.ts';

const ROWS_AT_ONCE = 100;

interface SealedRow {
  readonly id: string;
  readonly owner_id: string | null;
  readonly credentials: Buffer;
  readonly credentials_key_id: string;
}

/** What a rotation came to. */
export interface Rotation {
  /** Credentials that are under the current key now, and were not before. */
  readonly resealed: number;
  /** Credentials that were under it already. */
  readonly current: number;
  /** Credentials that stay as they are, and what cures each. */
  readonly unreadable: readonly { readonly providerId: string; readonly why: string }[];
}

/**
 * Seals the credentials of all owners with the ring's current key. Each row by itself, so that it can be broken off and
 * begun anew; one that is changed meanwhile is left alone, because it was sealed with the current key then. The address
 * may be that of any role that is, or is a member of, `conclave_system`.
 */
export async function rotateCredentials(databaseUrl: string, keys: KeyRing): Promise<Rotation> {
  const options = sessionOptions({ timeouts: true });
  const client = new Client({ connectionString: databaseUrl, options });
  await client.connect();
  try {
    await client.query('set role conclave_system');
    const current = await countCurrent(client, keys);
    const unreadable: Rotation['unreadable'][number][] = [];
    let resealed = 0;
    for await (const row of rowsOfOtherKeys(client, keys)) {
      try {
        if (await reseal(client, keys, row)) resealed++;
      } catch (error) {
        if (!(error instanceof SecretUnreadable)) throw error;
        unreadable.push({ providerId: row.id, why: error.message });
      }
    }
    return { resealed, current, unreadable };
  } finally {
    await client.end();
  }
}

async function countCurrent(client: Client, { current }: KeyRing): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    'select count(*)::int as count from provider_config where credentials_key_id = $1',
    [current],
  );
  return rows[0]!.count;
}

/** Page by page in the order of ids, so that what cannot be read is met once. */
async function* rowsOfOtherKeys(client: Client, { current }: KeyRing): AsyncGenerator<SealedRow> {
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const { rows } = await client.query<SealedRow>(
      `select id, owner_id, credentials, credentials_key_id from provider_config
       where credentials_key_id <> $1 and id > $2 order by id limit ${ROWS_AT_ONCE}`,
      [current, after],
    );
    yield* rows;
    const last = rows.at(-1);
    if (!last) return;
    after = last.id;
  }
}

async function reseal(client: Client, keys: KeyRing, row: SealedRow): Promise<boolean> {
  const { id, owner_id: ownerId, credentials, credentials_key_id: keyId } = row;
  const sealed = resealCredentials(keys, { id, ownerId }, { envelope: credentials, keyId });
  const { rowCount } = await client.query(
    `update provider_config set credentials = $1, credentials_key_id = $2, row_version = row_version + 1
     where id = $3 and credentials = $4`,
    [Buffer.from(sealed.envelope), sealed.keyId, id, credentials],
  );
  return rowCount === 1;
}
