import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished, test } from 'vitest';
import { startOwnEngine } from './own-servers.ts';
import { TIER } from './seed.ts';
import { underWay } from './slow-debate.ts';

const TIMEOUT_MS = 300_000;
const DISK_MB = 400;
const FULL_MS = 8_000;

/** A small disk of its own; null where this process may not make one. */
async function mountDisk(): Promise<string | null> {
  const folder = await mkdtemp(join(tmpdir(), 'conclave-disk-'));
  onTestFinished(() => rmdir(folder));
  const size = `size=${DISK_MB}m,mode=0755`;
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', size, 'tmpfs', folder]);
  if (status !== 0) return null;
  onTestFinished(() => void spawnSync('umount', ['--lazy', folder]));
  await chmod(folder, 0o755);
  return folder;
}

/** Takes all that is left of a disk; returns what gives it back. */
async function fill(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, 'ballast');
  const piece = Buffer.alloc(1 << 20);
  for (let full = false; !full;)
    await writeFile(path, piece, { flag: 'a' }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOSPC') throw error;
      full = true;
    });
  return () => rm(path);
}

test.runIf(TIER > 1)(
  'PostgreSQL’s disk is full for a while: what was accepted is finished, once',
  { timeout: TIMEOUT_MS },
  async ({ skip }) => {
    const disk = await mountDisk();
    if (disk === null) return skip('only root may mount a small disk; run this as root');
    const { engine, postgres, debate, judge } = await startOwnEngine({
      postgresFolder: join(disk, 'postgres'),
      postgres: { settings: ['max_wal_size=64MB', 'min_wal_size=32MB'] },
    });
    const id = await engine.start(debate.body);
    await underWay(debate);

    const free = await fill(disk);
    await sleep(FULL_MS);
    await free();
    // A log that cannot be written ends the server; whoever looks after it starts it again.
    await postgres.stop('SIGQUIT');
    await postgres.start();

    await judge.expectSound(id);
  },
);
