import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { tempFolder } from '../../support/temp-folder.ts';

const SCRIPTS = fileURLToPath(import.meta.resolve('../../../scripts/'));

/** Stands in for npm: notes that it was asked, and leaves what npm leaves when it is done. */
const FAKE_NPM = `
  import { appendFileSync, cpSync, mkdirSync } from 'node:fs';
  import { setTimeout as sleep } from 'node:timers/promises';
  appendFileSync('asked', process.argv.slice(2).join(' ') + '\\n');
  await sleep(300);
  if (process.env.NPM_FAILS) process.exit(9);
  mkdirSync('node_modules', { recursive: true });
  cpSync('package-lock.json', 'node_modules/.package-lock.json');`;
const ECHO = `console.log(JSON.stringify(process.argv.slice(2))); process.exit(Number(process.argv[2] ?? 0));`;

const lock = (packages: Record<string, { version: string; optional?: boolean }>) =>
  JSON.stringify({ packages: { '': { version: '0.1.0' }, ...packages } });
const A = { 'node_modules/a': { version: '1.0.0' } };

/** A project with a space in its path, a lock file, and nothing installed. */
function project() {
  const root = tempFolder();
  const file = (name: string) => join(root, name);
  cpSync(SCRIPTS, file('scripts'), { recursive: true });
  writeFileSync(file('package-lock.json'), lock(A));
  writeFileSync(file('npm-cli.mjs'), FAKE_NPM);
  cpSync(file('npm-cli.mjs'), file('npm-cli.js'));
  writeFileSync(file('package.json'), '{"type":"module"}');
  writeFileSync(file('echo.mjs'), ECHO);
  mkdirSync(file('elsewhere'));
  const installed = (packages: Parameters<typeof lock>[0]) => {
    mkdirSync(file('node_modules'), { recursive: true });
    writeFileSync(file('node_modules/.package-lock.json'), lock(packages));
  };
  const boot = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    spawn(process.execPath, [file('scripts/boot.mjs'), ...args], {
      cwd: file('elsewhere'),
      env: { ...process.env, npm_execpath: file('npm-cli.js'), ...env },
    });
  const asked = (): number => {
    try {
      return readFileSync(file('asked'), 'utf8').trim().split('\n').length;
    } catch {
      return 0;
    }
  };
  return { file, installed, boot, asked };
}

async function ending(child: ReturnType<typeof spawn>) {
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
  const code = await new Promise((resolve) => child.once('close', resolve));
  return { code, output };
}

test('a fresh clone is installed, then the script runs with its arguments and its exit code is kept', async () => {
  const { boot, asked } = project();

  const { code, output } = await ending(boot(['echo.mjs', '7', 'a "b" c']));

  expect(asked()).toBe(1);
  expect(output).toContain('["7","a \\"b\\" c"]');
  expect(code).toBe(7);
});

test.each([
  ['what the lock file says is there', A, 0],
  ['more than that is there', { ...A, 'node_modules/b': { version: '2.0.0' } }, 0],
  ['another version is there', { 'node_modules/a': { version: '0.9.0' } }, 1],
  ['something is missing', {}, 1],
])('when %s npm is asked as often as needed', async (_case, packages, times) => {
  const { installed, boot, asked } = project();
  installed(packages);

  const { code } = await ending(boot(['echo.mjs']));

  expect({ code, asked: asked() }).toEqual({ code: 0, asked: times });
});

test("another platform's optional package need not be there", async () => {
  const { file, installed, boot, asked } = project();
  writeFileSync(
    file('package-lock.json'),
    lock({ ...A, 'node_modules/mac': { version: '1.0.0', optional: true } }),
  );
  installed(A);

  await ending(boot(['echo.mjs']));

  expect(asked()).toBe(0);
});

test('two at once install once', async () => {
  const { boot, asked } = project();

  const ends = await Promise.all([ending(boot(['echo.mjs'])), ending(boot(['echo.mjs']))]);

  expect(ends.map(({ code }) => code)).toEqual([0, 0]);
  expect(asked()).toBe(1);
});

test('the lock of a process that died does not hold up anyone', async () => {
  const { file, boot } = project();
  const dead = spawn(process.execPath, ['-e', '']);
  await ending(dead);
  mkdirSync(file('.install-lock'));
  writeFileSync(file('.install-lock/pid'), `${dead.pid}`);

  expect((await ending(boot(['echo.mjs']))).code).toBe(0);
});

test('when npm fails the script does not run, and what to do is said', async () => {
  const { file, boot } = project();

  const { code, output } = await ending(boot(['echo.mjs', '7'], { NPM_FAILS: '1' }));

  expect(code).toBe(1);
  expect(output).toContain('npm ci failed (exit code 9)');
  rmSync(file('asked'));
  expect((await ending(boot(['echo.mjs', '7']))).code).toBe(7);
});

test('a signal reaches the script, and how it ended is kept', async () => {
  const { file, installed, boot } = project();
  installed(A);
  writeFileSync(
    file('wait.mjs'),
    `process.on('SIGTERM', () => process.exit(5)); console.log('up'); setInterval(() => {}, 1000);`,
  );
  const child = boot(['wait.mjs']);
  child.stdout.once('data', () => child.kill('SIGTERM'));

  expect((await ending(child)).code).toBe(5);
});
