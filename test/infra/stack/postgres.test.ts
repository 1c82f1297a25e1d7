import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../../infra/stack/ports.ts';
import {
  type PostgresServer,
  preparePostgres,
  stopPostgres,
  waitForPostgres,
} from '../../../infra/stack/postgres.ts';
import { isAlive } from '../../../infra/stack/processes.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const LIMIT_MS = 20_000;

function freshFolder(): string {
  const folder = tempFolder();
  onTestFinished(() => stopPostgres(folder));
  return folder;
}

async function run(server: PostgresServer) {
  const child = spawn(server.program, server.args, {
    ...server.account,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const printed: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => printed.push(text));
  await waitForPostgres(server.url, AbortSignal.timeout(LIMIT_MS));
  return { pid: child.pid ?? 0, gone: once(child, 'exit'), log: () => printed.join('') };
}

async function query(server: PostgresServer, sql: string): Promise<unknown[]> {
  const client = new Client(`${server.url}postgres`);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

test('a server that was left running is stopped, and its data are there for the next one', async () => {
  const folder = freshFolder();
  const first = await preparePostgres({ folder, port: await freePort(), durable: false });
  const left = await run(first);
  await query(first, 'create table kept as select 7 as n');

  const second = await preparePostgres({ folder, port: await freePort(), durable: false });
  await left.gone;
  await run(second);

  expect(isAlive(left.pid)).toBe(false);
  expect(await query(second, 'select n from kept')).toEqual([{ n: 7 }]);
});

test('data whose password was deleted with the state folder give way to a fresh cluster', async () => {
  const folder = freshFolder();
  const first = await preparePostgres({ folder, port: await freePort(), durable: false });
  rmSync(join(folder, 'password'));

  const second = await preparePostgres({ folder, port: await freePort(), durable: false });
  await run(second);

  expect(new URL(second.url).password).not.toBe(new URL(first.url).password);
  expect(await query(second, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('what fails does not stand in the log with what it was about', async () => {
  const folder = freshFolder();
  const server = await preparePostgres({ folder, port: await freePort(), durable: false });
  const { log, gone } = await run(server);
  await query(server, 'create table prompt (text text check (length(text) < 9), unique (text))');
  await query(server, `insert into prompt values ('canary-1')`);

  for (const statement of [
    `select 'canary-2'::int`,
    `select raise_canary_3()`,
    `insert into prompt values ('canary-1')`,
    `insert into prompt values ('canary-4 is too long')`,
    `do $$ begin raise warning 'canary-5'; end $$; select 'canary-6' / 0`,
  ])
    await expect(query(server, statement)).rejects.toThrow(/canary|zero|exist|violates/);
  await stopPostgres(folder);
  await gone;

  expect(log()).toContain('ready to accept connections');
  expect(log()).not.toContain('canary');
});
