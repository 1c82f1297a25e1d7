import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { type Account, postgresAccount } from './postgres-account.ts';
import { postgresPrograms, reachableFolder } from './postgres-place.ts';
import { stopLeftOver } from './processes.ts';

const run = promisify(execFile);

const SUPERUSER = 'postgres';
/** The fast shutdown: it does not wait for clients. */
export const POSTGRES_STOP = 'SIGINT';
const SETTINGS = [
  // Pools of all roles, and room for those that restart while their old connections are still dying.
  'max_connections=400',
  'unix_socket_directories=',
  // Its errors quote the statement and the row that they are about, prompts with them. Our processes tell of them without.
  'log_min_messages=log',
];

/** A PostgreSQL server that is ready to be run. */
export interface PostgresServer {
  readonly program: string;
  readonly args: readonly string[];
  readonly account: Account;
  readonly dataFolder: string;
  /** The superuser's address of the server, ending in `/`: append a database's name. */
  readonly url: string;
}

/** Makes a cluster of its own in `folder`, once, and stops a server that an earlier owner left running on it. */
export async function preparePostgres(options: {
  readonly folder: string;
  readonly port: number;
  /** False: faster, and its data may be lost with the machine. */
  readonly durable?: boolean;
}): Promise<PostgresServer> {
  const { durable = true } = options;
  const account = await postgresAccount();
  await mkdir(options.folder, { recursive: true });
  const root = await reachableFolder(account, options.folder);
  const programs = await postgresPrograms(account, root);
  const dataFolder = join(root, 'data');
  await stopLeftOver(await postmasterOf(dataFolder), dataFolder, POSTGRES_STOP);

  const passwordFile = join(options.folder, 'password');
  // Without the password the data belong to a state folder that was deleted.
  if (!existsSync(passwordFile) || !existsSync(join(dataFolder, 'PG_VERSION')))
    await initialise({ initdb: programs.initdb, account, dataFolder, passwordFile, durable });
  const password = await readFile(passwordFile, 'utf8');
  return {
    program: programs.postgres,
    args: [
      '-D',
      dataFolder,
      '-h',
      '127.0.0.1',
      '-p',
      `${options.port}`,
      ...SETTINGS.flatMap((setting) => ['-c', setting]),
      ...(durable ? [] : ['-c', 'fsync=off']),
    ],
    account,
    dataFolder,
    url: `postgres://${SUPERUSER}:${password}@127.0.0.1:${options.port}/`,
  };
}

/** Stops the server that runs on the cluster of `folder`, if one does. */
export async function stopPostgres(folder: string): Promise<void> {
  const dataFolder = join(await reachableFolder(await postgresAccount(), folder), 'data');
  await stopLeftOver(await postmasterOf(dataFolder), dataFolder, POSTGRES_STOP);
}

/** Returns when the server takes connections. */
export async function waitForPostgres(url: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const client = new Client({
      connectionString: `${url}postgres`,
      connectionTimeoutMillis: 2_000,
    });
    client.on('error', () => {});
    try {
      await client.connect();
      return;
    } catch (cause) {
      if (signal.aborted)
        throw new Error('PostgreSQL does not take connections; its log says why', { cause });
      await sleep(50);
    } finally {
      await client.end().catch(() => {});
    }
  }
}

async function initialise(cluster: {
  readonly initdb: string;
  readonly account: Account;
  readonly dataFolder: string;
  readonly passwordFile: string;
  readonly durable: boolean;
}): Promise<void> {
  const { initdb, account, dataFolder, passwordFile, durable } = cluster;
  await rm(dataFolder, { recursive: true, force: true });
  await mkdir(dataFolder, { mode: 0o700 });
  const handover = join(dirname(dataFolder), `password-${randomBytes(6).toString('hex')}`);
  const password = randomBytes(24).toString('base64url');
  await writeFile(handover, password, { mode: 0o600 });
  try {
    if (account)
      for (const path of [dataFolder, handover]) await chown(path, account.uid, account.gid);
    const settings = ['--encoding=UTF8', '--locale=C', '--auth=scram-sha-256'];
    if (!durable) settings.push('--no-sync');
    await run(initdb, ['-D', dataFolder, '-U', SUPERUSER, `--pwfile=${handover}`, ...settings], {
      ...account,
      cwd: dirname(dataFolder),
    });
  } finally {
    await rm(handover, { force: true });
  }
  await writeFile(passwordFile, password, { mode: 0o600 });
}

async function postmasterOf(dataFolder: string): Promise<number | undefined> {
  const text = await readFile(join(dataFolder, 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number(text.split('\n', 1)[0]);
  return pid > 0 ? pid : undefined;
}
