import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serverFolder, startPostgres, startTemporal } from '../support/servers.ts';
import { type SeededBug, SEEDED_BUGS } from './seeded-bugs.ts';

const ROOT = join(import.meta.dirname, '../..');
type Env = Readonly<Record<string, string | undefined>>;

/** What a run of tests came to; `broken` when it did not come to any result. */
type Verdict = 'passed' | 'failed' | 'broken';

/**
 * Plants one bug after the other in a copy of the tree, and runs the tests that must notice. True when all were caught,
 * and the same tests pass without a bug.
 */
export async function huntSeededBugs(isWanted: (name: string) => boolean): Promise<boolean> {
  const bugs = SEEDED_BUGS.filter(({ name }) => isWanted(name));
  await using started = new AsyncDisposableStack();
  const folder = await serverFolder(started);
  const postgres = await startPostgres({ folder: join(folder, 'postgres') });
  started.defer(() => postgres.stop());
  const temporal = await startTemporal(folder);
  started.defer(() => temporal.stop());
  const env = { ...process.env, DATABASE_URL: postgres.url, TEMPORAL_ADDRESS: temporal.address };

  const copy = await copyTree(started);
  const tests = [...new Set(bugs.flatMap((bug) => bug.tests))];
  const healthy = await runTests(copy, tests, env);
  console.log(`without a bug: the tests have ${healthy}`);
  let missed = 0;
  for (const bug of bugs) {
    const verdict = await withBug(copy, bug, () => runTests(copy, bug.tests, env));
    if (verdict !== 'failed') missed += 1;
    const words = {
      failed: 'caught',
      passed: 'MISSED',
      broken: 'BROKEN: no test came to a result',
    };
    console.log(`${words[verdict]}: ${bug.name}`);
  }
  console.log(`${bugs.length - missed} caught, ${missed} missed`);
  return bugs.length > 0 && missed === 0 && healthy === 'passed';
}

/** All files that git knows or would take, and the dependencies as they are. */
async function copyTree(started: AsyncDisposableStack): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'conclave-seeded-'));
  started.defer(() => rm(copy, { recursive: true, force: true }));
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  const { stdout, status } = spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) throw new Error('git does not list the files: run this in a clone');
  for (const file of stdout.split('\0').filter(Boolean))
    await cp(join(ROOT, file), join(copy, file), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

async function withBug<T>(copy: string, bug: SeededBug, use: () => Promise<T>): Promise<T> {
  const path = join(copy, bug.file);
  const sound = await readFile(path, 'utf8');
  if (sound.split(bug.from).length !== 2)
    throw new Error(`"${bug.name}": its text must stand in ${bug.file} exactly once; mend the bug`);
  await writeFile(
    path,
    sound.replace(bug.from, () => bug.to),
  );
  try {
    return await use();
  } finally {
    await writeFile(path, sound);
  }
}

/** A bug that keeps the servers or the tests from starting at all says nothing of the tests. */
async function runTests(copy: string, tests: readonly string[], env: Env): Promise<Verdict> {
  const report = join(copy, 'report.json');
  await rm(report, { force: true });
  const vitest = join('node_modules', 'vitest', 'vitest.mjs');
  const args = [vitest, 'run', '--bail=1', '--reporter=json', `--outputFile=${report}`, ...tests];
  const child = spawn(process.execPath, args, { cwd: copy, env, stdio: 'ignore' });
  await once(child, 'exit');
  const text = await readFile(report, 'utf8').catch(() => null);
  if (text === null) return 'broken';
  const { testResults } = JSON.parse(text) as {
    testResults: { status: string; assertionResults: { status: string }[] }[];
  };
  const statuses = testResults.flatMap((file) => file.assertionResults.map(({ status }) => status));
  if (statuses.includes('failed')) return 'failed';
  const allPassed = testResults.every(({ status }) => status === 'passed');
  return statuses.length > 0 && allPassed ? 'passed' : 'broken';
}
