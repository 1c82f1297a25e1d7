/** `npm run check`: everything that can be said about the code without running it, side by side; all findings are shown. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const CHECKS = {
  'types (tsc)': ['tsc'],
  'lint (oxlint)': ['oxlint', '--deny-warnings'],
  'format (oxfmt)': ['oxfmt', '--check'],
  'boundaries (dependency-cruiser)': ['depcruise', '--output-type', 'err-long', '.'],
  'dead code (knip)': ['knip', '--no-progress'],
};
const cwd = fileURLToPath(new URL('..', import.meta.url));

function run([program, ...args]) {
  return new Promise((resolve) => {
    const startedAt = Date.now();
    // Found on PATH: scripts/boot.mjs puts node_modules/.bin first.
    const child = spawn(program, args, { cwd, shell: process.platform === 'win32' });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', (error) => (output += error.message));
    child.on('close', (code) => resolve({ ok: code === 0, output, ms: Date.now() - startedAt }));
  });
}

const results = await Promise.all(
  Object.entries(CHECKS).map(async ([name, command]) => ({ name, ...(await run(command)) })),
);
for (const { name, ok, output, ms } of results) {
  console.log(`${ok ? '✓' : '✗'} ${name} (${(ms / 1_000).toFixed(1)} s)`);
  if (!ok) console.log(output.trimEnd().replaceAll(/^/gm, '    '));
}
const failed = results.filter(({ ok }) => !ok).length;
console.log(`${results.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
