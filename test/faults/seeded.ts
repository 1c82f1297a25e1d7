import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serverFolder, startPostgres, startTemporal } from '../support/servers.ts';
import { bundleWorkflows } from '../support/bundle.ts';
import { type SeededBug, SEEDED_BUGS } from './seeded-bugs.ts';

/** Some bugs make tests wait for ever: so long for each of their files, but for two at least. */
const LIMIT_MS = 120_000;
const ROOT = join(import.meta.dirname, '../..');
const WORDS = { failed: 'caught', passed: 'MISSED', broken: 'BROKEN, no test came to a result' };
type Env = Readonly<Record<string, string | undefined>>;

/** What a run of tests came to; `broken` when it did not come to any result. */
interface Verdict {
  readonly verdict: 'passed' | 'failed' | 'broken';
  /** Titles of the tests that failed. */
  readonly failed: readonly string[];
}

/**
 * Plants one bug after the other in a copy of the tree, and runs the tests that must notice. True when all were caught,
 * and the same tests pass without a bug.
 */
export async function huntSeededBugs(isWanted: (name: string) => boolean): Promise<boolean> {
  const bugs = SEEDED_BUGS.filter(({ name }) => isWanted(name));
  const started = new AsyncDisposableStack();
  try {
    return await hunt(bugs, started);
  } finally {
    await started.disposeAsync();
  }
}

async function hunt(bugs: readonly SeededBug[], started: AsyncDisposableStack): Promise<boolean> {
  const folder = await serverFolder(started);
  const postgres = await startPostgres({ folder: join(folder, 'postgres') });
  started.defer(() => postgres.stop());
  const temporal = await startTemporal(folder);
  started.defer(() => temporal.stop());
  const env = {
    ...process.env,
    DATABASE_URL: postgres.url,
    TEMPORAL_ADDRESS: temporal.address,
    // No bug is planted in workflows.
    CONCLAVE_WORKFLOW_BUNDLE: await bundleWorkflows(folder),
  };

  const copy = await copyTree(started);
  let missed = 0;
  for (const bug of bugs) {
    const { verdict, failed } = await withBug(copy, bug, () => runTests(copy, bug.tests, env));
    if (verdict !== 'failed') missed += 1;
    console.log(`${WORDS[verdict]}: ${[bug.name, ...failed].join(' | ')}`);
  }
  const tests = [...new Set(bugs.flatMap((bug) => bug.tests))];
  const healthy = await runTests(copy, tests, env);
  console.log(`without a bug, the tests: ${[healthy.verdict, ...healthy.failed].join(' | ')}`);
  console.log(`${bugs.length - missed} caught, ${missed} missed`);
  return bugs.length > 0 && missed === 0 && healthy.verdict === 'passed';
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

/** Of vitest's own, as far as it is read. */
interface Report {
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly title: string }[];
  }[];
}

/** A bug that keeps the servers or the tests from starting at all says nothing of the tests. */
async function runTests(copy: string, files: readonly string[], env: Env): Promise<Verdict> {
  const report = join(copy, 'report.json');
  await rm(report, { force: true });
  const vitest = join('node_modules', 'vitest', 'vitest.mjs');
  const args = [
    vitest,
    'run',
    '--project=engine',
    '--bail=1',
    '--no-file-parallelism',
    '--reporter=json',
    `--outputFile=${report}`,
    ...files,
  ];
  const limitMs = LIMIT_MS * Math.max(2, files.length);
  if (!(await endsWithin(limitMs, args, { cwd: copy, env })))
    return { verdict: 'failed', failed: [`no end within ${limitMs / 1_000} s`] };
  const text = await readFile(report, 'utf8').catch(() => null);
  if (text === null) return { verdict: 'broken', failed: [] };
  const { testResults } = JSON.parse(text) as Report;
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const failed = tests.filter(({ status }) => status === 'failed').map(({ title }) => title);
  if (failed.length > 0) return { verdict: 'failed', failed };
  const allPassed = tests.length > 0 && testResults.every(({ status }) => status === 'passed');
  return { verdict: allPassed ? 'passed' : 'broken', failed };
}

/** False when the process had to be killed, with all that it had started. */
async function endsWithin(
  limitMs: number,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: Env },
): Promise<boolean> {
  const child = spawn(process.execPath, args, { ...options, stdio: 'ignore', detached: true });
  const kill = (): void => void process.kill(-child.pid!, 'SIGKILL');
  process.once('exit', kill);
  const limit = setTimeout(kill, limitMs);
  await once(child, 'exit');
  clearTimeout(limit);
  process.off('exit', kill);
  return child.signalCode === null;
}
