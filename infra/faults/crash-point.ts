import { appendFileSync, writeSync } from 'node:fs';

/**
 * Where a process can be made to die, each between two effects that no transaction holds together:
 *
 * - `a1` an execution's row is committed, its workflow not started; `a2` started, its run not recorded; `a3` an answer is
 *   committed, its execution not told; `a4` an
 *   idempotency key is claimed, its answer not kept
 * - `i1` what a person said is committed, the workflow not told
 * - `t1` a turn asks the ledger; `t2` its flight and reservation are committed; `t4` the model has begun to answer;
 *   `t5` it has answered; `t6` the outcome is on its way to the database; `t7` it is committed, nobody knows
 * - `g1` a question is opened, nobody waits for it yet; `g2` it was escalated, and its workflow does not know
 * - `w2` a run continues another; `w3_written` the ending is on its way to the database; `w3_committed` it is
 *   committed, and Temporal does not know
 * - `r1` events are numbered, nobody is told; `r2` all are told
 * - `s1` the sweep has asked Temporal and not written what it heard
 */
export const CRASH_POINTS = [
  'a1',
  'a2',
  'a3',
  'a4',
  'i1',
  't1',
  't2',
  't4',
  't5',
  't6',
  't7',
  'g1',
  'g2',
  'w2',
  'w3_written',
  'w3_committed',
  'r1',
  'r2',
  's1',
] as const;
export type CrashPoint = (typeof CRASH_POINTS)[number];

/** Which hit of a point is the last thing the process does. */
const planted = plan(process.env['CONCLAVE_FAULTS'] ?? '');
const hits = new Map<CrashPoint, number>();

/**
 * Does nothing, unless `CONCLAVE_FAULTS=name:n[,name:n…]` names the point: its n-th hit kills the process as `kill -9`
 * does, and says so before, on stderr and in the file that `CONCLAVE_FAULTS_LOG` names.
 */
export function crashPoint(name: CrashPoint): void {
  if (isDue(name)) die(name);
}

/** As `crashPoint`, once what the caller sends next is on its way: after its current task and the sending of it. */
export function crashPointOnceSent(name: CrashPoint): void {
  if (isDue(name)) setTimeout(() => die(name), 0);
}

function isDue(name: CrashPoint): boolean {
  const last = planted.get(name);
  if (last === undefined) return false;
  const hit = (hits.get(name) ?? 0) + 1;
  hits.set(name, hit);
  return hit === last;
}

function die(name: CrashPoint): never {
  const line = `crash point ${name}: pid ${process.pid} dies\n`;
  const log = process.env['CONCLAVE_FAULTS_LOG'];
  if (log) appendFileSync(log, line);
  writeSync(2, line);
  process.kill(process.pid, 'SIGKILL');
  // Nothing of this process goes on until the signal is there.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  throw new Error(`${name}: the process has outlived its death`);
}

/** A fault that is misspelt would never happen, and its test would prove nothing. */
function plan(text: string): ReadonlyMap<CrashPoint, number> {
  const entries = text.split(',').filter((entry) => entry !== '');
  return new Map(
    entries.map((entry) => {
      const [name = '', n = '1'] = entry.split(':');
      const point = CRASH_POINTS.find((known) => known === name);
      if (point === undefined || !/^[1-9]\d*$/.test(n))
        throw new Error(
          `CONCLAVE_FAULTS: "${entry}" is not <point>:<n>; the points are ${CRASH_POINTS.join(', ')}.`,
        );
      return [point, Number(n)];
    }),
  );
}
