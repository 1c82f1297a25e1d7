/**
 * `node scripts/boot.mjs <script> [arguments]`: runs a script of this project under Node 24 with its dependencies
 * installed, whatever Node the machine has. Plain JavaScript without dependencies: it must run before there are any.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { completePostgres, installIfStale } from './install.mjs';

const WANTED_NODE = 24;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const root = fileURLToPath(new URL('..', import.meta.url));
const bin = join(root, 'node_modules', '.bin');

try {
  const [script, ...args] = process.argv.slice(2);
  if (script === undefined) throw new Error('usage: node scripts/boot.mjs <script> [arguments]');
  installIfStale(root);
  completePostgres(root);
  run(wantedNode(), [resolve(root, script), ...args]);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

/** This Node when it is new enough, else the one among the dependencies. */
function wantedNode() {
  if (Number(process.versions.node.split('.')[0]) >= WANTED_NODE) return process.execPath;
  const installed = join(bin, process.platform === 'win32' ? 'node.cmd' : 'node');
  if (existsSync(installed)) return installed;
  const where = `${process.platform} on ${process.arch}`;
  throw new Error(
    `This is Node ${process.versions.node}, Conclave needs Node ${WANTED_NODE} or newer, and the package registry ` +
      `has none for ${where}. Install it (https://nodejs.org, \`brew install node@${WANTED_NODE}\`, ` +
      `\`nvm install ${WANTED_NODE}\`) and run this again.`,
  );
}

/** Becomes, as far as anyone can see, the script: same terminal, same signals, same end. */
function run(node, args) {
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` };
  const shell = process.platform === 'win32' && node.endsWith('.cmd');
  const child = spawn(node, args, { cwd: root, env, stdio: 'inherit', shell });
  const forward = (signal) => child.kill(signal);
  for (const signal of SIGNALS) process.on(signal, forward);
  child.on('error', (error) => {
    console.error(`Node could not be started: ${error.message}`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}
