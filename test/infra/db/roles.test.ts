import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { expect, inject } from 'vitest';
import { deriveRoleUrls, ensureRoles } from '../../../infra/db/roles.ts';
import { migrateUp } from '../../../infra/db/migrate.ts';
import { administer } from '../../support/databases.ts';
import { test } from './two-owners.ts';

test('the roles’ passwords follow from the address’s own, and tell nothing of it', () => {
  const urls = deriveRoleUrls(
    'postgres://root:s%2Fcret@db.example.org:6432/engine?sslmode=require',
  );
  const passwords = Object.values(urls).map((url) => new URL(url).password);

  expect(urls).toEqual(
    deriveRoleUrls('postgres://other:s%2Fcret@db.example.org:6432/engine?sslmode=require'),
  );
  expect(urls.app).toMatch(
    /^postgres:\/\/conclave_app:[0-9a-f]{64}@db\.example\.org:6432\/engine\?sslmode=require$/,
  );
  expect(new Set(passwords).size).toBe(3);
  expect(deriveRoleUrls('postgres://root:other@db/engine').app).not.toContain(passwords[1]);
});

test('an address without a password is refused with what to do', () => {
  expect(() => deriveRoleUrls('postgres://root@db/engine')).toThrow(
    /DATABASE_URL has no password: add one/,
  );
});

test('a missing database is made once, though several ask at the same time', async ({
  database,
}) => {
  const url = new URL(database.adminUrl);
  const name = `made_${randomUUID().slice(0, 8)}`;
  url.pathname = `/${name}`;

  await Promise.all([ensureRoles(url.href), ensureRoles(url.href), ensureRoles(url.href)]);

  for (const role of Object.values(deriveRoleUrls(url.href))) await ask(role, 'select 1');
  await administer(inject('postgresUrl'), `drop database ${name} with (force)`);
});

test('a role that may make roles is enough: no superuser is needed to install', async ({
  database,
}) => {
  const server = inject('postgresUrl');
  const name = `own_${randomUUID().slice(0, 8)}`;
  await administer(
    server,
    `create role ${name} login createrole password '${new URL(server).password}'`,
  );
  await administer(server, `create database ${name} owner ${name}`);
  // Who made the roles is their administrator; here another one did.
  await administer(
    server,
    `grant conclave_owner, conclave_app, conclave_system to ${name} with admin option`,
  );
  const url = new URL(database.adminUrl);
  url.username = name;
  url.pathname = `/${name}`;

  await ensureRoles(url.href);
  await ensureRoles(url.href);
  await migrateUp(url.href);

  const { app } = deriveRoleUrls(url.href);
  expect(await ask(app, 'select count(*)::int as n from project')).toEqual([{ n: 0 }]);
  await administer(server, `drop database ${name} with (force)`);
  await administer(server, `drop owned by ${name}`);
  await administer(server, `drop role ${name}`);
});

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(sql);
  await client.end();
  return rows;
}
