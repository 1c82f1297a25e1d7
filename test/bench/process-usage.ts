import { readFile } from 'node:fs/promises';

/** Of Linux on every platform that Node runs on. */
const TICKS_PER_SECOND = 100;
/** Places in `/proc/<pid>/stat`, counted from after the name in brackets. */
const USER_TICKS = 11;
const SYSTEM_TICKS = 12;

/** Milliseconds of processor time that the processes have used so far, all together. */
export async function cpuMs(pids: readonly number[]): Promise<number> {
  const ticks = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return Number(fields[USER_TICKS]) + Number(fields[SYSTEM_TICKS]);
    }),
  );
  return (ticks.reduce((sum, each) => sum + each, 0) * 1_000) / TICKS_PER_SECOND;
}
