import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const POLL_MS = 50;
/** PostgreSQL writes its buffers out and Temporal closes its file well within this. */
const LEFT_OVER_GRACE_MS = 15_000;

/** Is there a process with this id? */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The command line of a process, its parts apart by spaces; empty where there is none or it cannot be read. */
export async function commandLine(pid: number): Promise<string> {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ').trim();
  } catch {
    return run('ps', ['-o', 'args=', '-p', `${pid}`]).then(
      ({ stdout }) => stdout.trim(),
      () => '',
    );
  }
}

/** Waits until the process is gone; false when it is still there after `timeoutMs`. */
export async function waitForEnd(pid: number, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  // One that has ended but was never reaped has a number and no command line.
  while (isAlive(pid) && (await commandLine(pid)) !== '') {
    if (Date.now() > deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}

/**
 * Stops a process that an earlier stack left behind. `mark` must be in its command line: the system may have given
 * its number to somebody else.
 */
export async function stopLeftOver(
  pid: number | undefined,
  mark: string,
  signal: NodeJS.Signals = 'SIGTERM',
): Promise<boolean> {
  if (pid === undefined || !isAlive(pid) || !(await commandLine(pid)).includes(mark)) return false;
  process.kill(pid, signal);
  if (!(await waitForEnd(pid, LEFT_OVER_GRACE_MS))) process.kill(pid, 'SIGKILL');
  await waitForEnd(pid, LEFT_OVER_GRACE_MS);
  return true;
}
