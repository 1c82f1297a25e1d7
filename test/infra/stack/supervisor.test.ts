import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { isAlive } from '../../../infra/stack/processes.ts';
import type { Role, Timings } from '../../../infra/stack/role.ts';
import { makeSupervisor } from '../../../infra/stack/supervisor.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const QUICK: Timings = {
  firstDelayMs: 40,
  longestDelayMs: 160,
  healthyMs: 60_000,
  graceMs: 400,
  readyMs: 5_000,
};
const READY = `process.send('ready'); setInterval(() => {}, 1000);`;

/** A supervisor over small programs; each appends its births and its end to `diary`. */
function stage(timings: Timings = QUICK) {
  const folder = tempFolder();
  const diary = join(folder, 'diary');
  const supervisor = makeSupervisor(() => {}, timings);
  onTestFinished(() => supervisor.stop());
  const role = (name: string, body: string): Role => {
    const program = join(folder, `${name}.mjs`);
    writeFileSync(
      program,
      `import { appendFileSync } from 'node:fs';
       const note = (word) => appendFileSync(${JSON.stringify(diary)}, '${name} ' + word + ' ' + Date.now() + '\\n');
       note('born');
       ${body}`,
    );
    return {
      name,
      program: process.execPath,
      args: [program],
      env: process.env,
      ready: 'message',
      logFile: join(folder, `${name}.log`),
      mark: program,
    };
  };
  const entries = () =>
    readFileSync(diary, 'utf8')
      .trim()
      .split('\n')
      .map((line) => {
        const [name = '', word = '', at = ''] = line.split(' ');
        return { what: `${name} ${word}`, at: Number(at) };
      });
  return { supervisor, role, entries };
}

const pidOf = (supervisor: ReturnType<typeof makeSupervisor>, name: string): number =>
  supervisor.running().find(({ role }) => role === name)?.pid ?? 0;

test('a role that is killed comes back, under another process', async () => {
  const { supervisor, role } = stage();
  await supervisor.start([role('api', READY)]);
  const first = pidOf(supervisor, 'api');

  process.kill(first, 'SIGKILL');

  await expect
    .poll(() => supervisor.states())
    .toEqual([{ name: 'api', state: 'ready', restarts: 1 }]);
  expect(pidOf(supervisor, 'api')).not.toBe(first);
  expect(isAlive(first)).toBe(false);
});

test('the waits between restarts double up to the longest', async () => {
  const { supervisor, role, entries } = stage();
  await supervisor.start([role('relay', `process.send('ready', () => process.exit(1));`)]);

  await vi.waitFor(() => expect(entries().length).toBeGreaterThanOrEqual(8), 8_000);

  const births = entries().map(({ at }) => at);
  const waits = births.slice(1).map((at, index) => at - (births[index] ?? 0));
  expect(waits[0]).toBeGreaterThanOrEqual(40);
  expect(waits[1]).toBeGreaterThanOrEqual(80);
  expect(waits[2]).toBeGreaterThanOrEqual(160);
  expect(waits[6]).toBeLessThan(2_560); // 40 · 2⁶, had it doubled on; the birth of a process is in it
});

test('after a healthy time the waits begin anew', async () => {
  const { supervisor, role } = stage({ ...QUICK, healthyMs: 0, longestDelayMs: 60_000 });
  await supervisor.start([role('relay', `process.send('ready', () => process.exit(1));`)]);

  // Doubling would take 40 · (2⁷ − 1) ms, more than five seconds.
  await vi.waitFor(() => expect(supervisor.states()[0]?.restarts).toBeGreaterThanOrEqual(7), 4_500);
});

test('roles end in the reverse order of their start, each asked first', async () => {
  const { supervisor, role, entries } = stage();
  const polite = `process.on('SIGTERM', () => { note('asked'); setTimeout(() => process.exit(0), 50); }); ${READY}`;
  await supervisor.start([role('postgres', polite)]);
  await supervisor.start([role('inference', polite)]);
  await supervisor.start([role('api', polite)]);

  await supervisor.stop();

  const asked = entries().filter(({ what }) => what.endsWith('asked'));
  expect(asked.map(({ what }) => what)).toEqual(['api asked', 'inference asked', 'postgres asked']);
  expect(supervisor.running()).toEqual([]);
});

test('a role that does not end is killed after the grace', async () => {
  const { supervisor, role } = stage();
  await supervisor.start([role('api', `process.on('SIGTERM', () => {}); ${READY}`)]);
  const pid = pidOf(supervisor, 'api');
  const askedAt = Date.now();

  await supervisor.stop();

  expect(isAlive(pid)).toBe(false);
  expect(Date.now() - askedAt).toBeGreaterThan(QUICK.graceMs / 2); // a timer may be some ms early
});

test('a role that ends before it is ready fails the start, with the end of its log', async () => {
  const { supervisor, role } = stage();

  const start = supervisor.start([role('api', `console.error('no key'); process.exit(3);`)]);

  await expect(start).rejects.toThrow(/api did not become ready[^]*no key/);
  expect(supervisor.running()).toEqual([]);
});

test('a role that stays silent fails the start and is ended', async () => {
  const { supervisor, role } = stage({ ...QUICK, readyMs: 300 });

  await expect(supervisor.start([role('api', 'setInterval(() => {}, 1000);')])).rejects.toThrow(
    'did not become ready',
  );

  expect(supervisor.running()).toEqual([]);
});

test('a program that is not there fails the start and says so', async () => {
  const { supervisor, role } = stage();

  const start = supervisor.start([{ ...role('api', ''), program: '/not/there' }]);

  await expect(start).rejects.toThrow(/ENOENT/);
});

test('once it is being stopped nothing is started any more', async () => {
  const { supervisor, role } = stage();
  await supervisor.stop();

  await expect(supervisor.start([role('api', READY)])).rejects.toThrow('being stopped');
});
