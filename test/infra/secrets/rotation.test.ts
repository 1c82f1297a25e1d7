import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Pool } from 'pg';
import { expect } from 'vitest';
import type { KeyRing } from '../../../infra/config/encryption-keys.ts';
import { newId } from '../../../infra/db/new-id.ts';
import { rotateCredentials } from '../../../infra/db/rotate-credentials.ts';
import { openCredentials, sealCredentials } from '../../../infra/llm/credentials.ts';
import { test as base } from '../../support/fixtures.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const KEYS = new Map(['k1', 'k2', 'lost'].map((id) => [id, randomBytes(32)]));
const ringOf = (...ids: [string, ...string[]]): KeyRing => ({
  current: ids[0],
  keys: new Map(ids.map((id) => [id, KEYS.get(id)!])),
});

interface Row {
  readonly id: string;
  readonly owner_id: string | null;
  readonly credentials: Buffer;
  readonly credentials_key_id: string;
  readonly row_version: number;
}

const test = base
  .extend('admin', async ({ database }, { onCleanup }) => {
    const options = '-c search_path=conclave';
    const pool = new Pool({ connectionString: database.adminUrl, options });
    onCleanup(() => pool.end());
    await pool.query('delete from provider_config');
    return pool;
  })
  .extend('add', ({ admin }) => {
    return async (keyId: string, apiKey: string, shared = false): Promise<string> => {
      const [id, user] = [newId(), newId()];
      const ownerId = shared ? null : user;
      await admin.query(
        'insert into user_account (id, username, email) values ($1::uuid, $2, $3)',
        [user, user, `${user}@example.org`],
      );
      const { envelope } = sealCredentials(ringOf(keyId), { id, ownerId }, { apiKey });
      await admin.query(
        `insert into provider_config (id, owner_id, name, provider_type, api_endpoint, auth_type, credentials, credentials_key_id)
         values ($1, $2, $3, 'openai', 'https://api.openai.com/v1', 'bearer_token', $4, $5)`,
        [id, ownerId, `p-${id}`, Buffer.from(envelope), keyId],
      );
      return id;
    };
  })
  .extend('row', ({ admin }) => {
    return async (id: string): Promise<Row> => {
      const { rows } = await admin.query<Row>('select * from provider_config where id = $1', [id]);
      return rows[0]!;
    };
  });

const opened = (ring: KeyRing, row: Row): string =>
  openCredentials(
    ring,
    { id: row.id, ownerId: row.owner_id },
    { envelope: row.credentials, keyId: row.credentials_key_id },
  ).apiKey;

test('all owners’ credentials and the shared ones open with the new key alone', async ({
  database,
  add,
  row,
}) => {
  const ids = [
    await add('k1', 'sk-ada'),
    await add('k1', 'sk-bob'),
    await add('k1', 'sk-all', true),
  ];
  const already = await add('k2', 'sk-new');
  const before = await row(already);

  const rotation = await rotateCredentials(database.systemUrl, ringOf('k2', 'k1'));

  expect(rotation).toEqual({ resealed: 3, current: 1, unreadable: [] });
  const after = await Promise.all(ids.map(row));
  expect(after.map((each) => opened(ringOf('k2'), each))).toEqual(['sk-ada', 'sk-bob', 'sk-all']);
  expect(after.map(({ row_version }) => row_version)).toEqual([2, 2, 2]);
  expect(await row(already)).toEqual(before);
});

test('a key that is not known is told of, and its row stays as it is; the others are done', async ({
  database,
  add,
  row,
}) => {
  const lost = await add('lost', 'sk-lost');
  const good = await add('k1', 'sk-good');
  const before = await row(lost);

  const rotation = await rotateCredentials(database.systemUrl, ringOf('k2', 'k1'));

  expect(rotation).toMatchObject({ resealed: 1, current: 0 });
  expect(rotation.unreadable).toEqual([
    {
      providerId: lost,
      why: expect.stringContaining('"lost" is not known: add it to CONCLAVE_ENCRYPTION_KEYS'),
    },
  ]);
  expect(await row(lost)).toEqual(before);
  expect(opened(ringOf('k2'), await row(good))).toBe('sk-good');
});

test('it can be begun anew, from the owner’s address too, and by two at once', async ({
  database,
  add,
  row,
}) => {
  const ids = await Promise.all(Array.from({ length: 120 }, (_, i) => add('k1', `sk-${i}`)));
  const ring = ringOf('k2', 'k1');

  const both = await Promise.all([
    rotateCredentials(database.systemUrl, ring),
    rotateCredentials(database.ownerUrl, ring),
  ]);
  const again = await rotateCredentials(database.systemUrl, ring);

  expect(both[0].resealed + both[1].resealed).toBe(120);
  expect(again).toEqual({ resealed: 0, current: 120, unreadable: [] });
  const rows = await Promise.all(ids.map(row));
  expect(rows.map((each) => opened(ringOf('k2'), each))).toEqual(ids.map((_, i) => `sk-${i}`));
});

test('the application’s role cannot do it', async ({ database, add, row }) => {
  const id = await add('k1', 'sk-ada');

  const rotating = rotateCredentials(database.appUrl, ringOf('k2', 'k1'));

  await expect(rotating).rejects.toThrow('permission denied');
  expect((await row(id)).credentials_key_id).toBe('k1');
});

test('the command says what it did, and fails where something is left to do', async ({
  database,
  add,
}) => {
  await add('k1', 'sk-good');
  await add('lost', 'sk-lost');
  const ring = ['k2', 'k1'].map((id) => `${id}:${KEYS.get(id)!.toString('base64')}`);
  const script = join(import.meta.dirname, '../../../infra/stack/rotate-keys.ts');

  const { stdout, code } = await promisify(execFile)(process.execPath, [script], {
    env: {
      CONCLAVE_HOME: tempFolder(),
      CONCLAVE_APP_DATABASE_URL: database.appUrl,
      CONCLAVE_SYSTEM_DATABASE_URL: database.systemUrl,
      CONCLAVE_ENCRYPTION_KEYS: ring.join(','),
    },
  }).then(
    ({ stdout: said }) => ({ stdout: said, code: 0 }),
    (error: { stdout: string; code: number }) => error,
  );

  expect(code).toBe(1);
  expect(stdout).toContain('Key "k2": 1 sealed anew, 0 were already, 1 cannot be read.');
  expect(stdout).toContain('"lost" is not known');
});
