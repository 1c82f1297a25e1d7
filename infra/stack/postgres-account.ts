import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The system account that PostgreSQL runs under; undefined: the one that runs this process. */
export type Account = { readonly uid: number; readonly gid: number } | undefined;

/** PostgreSQL refuses to run as root, so root lends it the account `postgres`, made where it is missing. */
export async function postgresAccount(): Promise<Account> {
  if (process.getuid?.() !== 0) return undefined;
  try {
    return await lookUp();
  } catch {
    await makeAccount();
    return lookUp();
  }
}

async function lookUp(): Promise<Account> {
  const [uid, gid] = await Promise.all([
    run('id', ['-u', 'postgres']),
    run('id', ['-g', 'postgres']),
  ]);
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}

async function makeAccount(): Promise<void> {
  try {
    await run('useradd', ['--system', '--user-group', '--no-create-home', 'postgres']);
  } catch (cause) {
    throw new Error(
      'PostgreSQL does not run as root, and an account `postgres` could not be made for it: ' +
        'make one, start Conclave as another user, or set DATABASE_URL',
      { cause },
    );
  }
}

/** Can the account enter the folder, through all of its parents? */
export async function canReach(account: Account, folder: string): Promise<boolean> {
  if (account === undefined) return true;
  return run('/bin/sh', ['-c', 'test -x "$1" && test -r "$1"', 'sh', folder], {
    ...account,
    cwd: '/',
  }).then(
    () => true,
    () => false,
  );
}
