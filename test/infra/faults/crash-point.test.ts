import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempFolder } from '../../support/temp-folder.ts';

const MODULE = new URL('../../../infra/faults/crash-point.ts', import.meta.url).href;
const HIT_TWICE = `import { crashPoint } from '${MODULE}';
for (const n of [1, 2]) { crashPoint('t1'); process.stdout.write('after ' + n + ';'); }`;

const run = (env: Readonly<Record<string, string>>) =>
  spawnSync(process.execPath, ['--input-type=module', '--eval', HIT_TWICE], {
    env,
    encoding: 'utf8',
  });

test('without faults a crash point is nothing', () => {
  const { status, stdout, stderr } = run({});

  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'after 1;after 2;', stderr: '' });
});

test('the n-th hit kills the process at once, and says so before', () => {
  const log = join(tempFolder(), 'hits');

  const { signal, stdout, stderr, pid } = run({
    CONCLAVE_FAULTS: 'a1:1,t1:2',
    CONCLAVE_FAULTS_LOG: log,
  });

  expect({ signal, stdout }).toEqual({ signal: 'SIGKILL', stdout: 'after 1;' });
  const line = `crash point t1: pid ${pid} dies\n`;
  expect(stderr).toBe(line);
  expect(readFileSync(log, 'utf8')).toBe(line);
});

test.for(['t99:1', 't1:0', 't1:soon'])(
  'a fault that would never happen keeps the process from starting: %s',
  (fault) => {
    const { status, stdout, stderr } = run({ CONCLAVE_FAULTS: fault });

    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain(`"${fault}" is not <point>:<n>; the points are a1, a2`);
  },
);
