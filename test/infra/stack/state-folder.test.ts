import { spawn } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { parseEncryptionKeys } from '../../../infra/config/encryption-keys.ts';
import { type StackFile, StateFolder } from '../../../infra/stack/state-folder.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const STACK: StackFile = {
  apiUrl: 'http://127.0.0.1:3000',
  consoleUrl: null,
  temporalUiUrl: null,
  temporalAddress: '127.0.0.1:7233',
  databaseUrl: 'postgres://conclave_app:secret@127.0.0.1/conclave',
  adminDatabaseUrl: 'postgres://conclave_owner:secret@127.0.0.1/conclave',
  apiKeyFile: '/nowhere/api-key',
  postgresFolder: null,
  roles: [],
};

const freshFolder = () => new StateFolder(tempFolder());
const modeOf = (file: string) => (statSync(file).mode & 0o777).toString(8);

test('what holds secrets can be read by its owner alone', () => {
  const state = freshFolder();

  state.writeStack(STACK);
  state.writeApiKey('cnv_12345678_secret');
  state.ensureEncryptionKeys();

  for (const name of ['stack.json', 'api-key', 'encryption-keys'])
    expect(modeOf(state.in(name)), name).toBe('600');
  expect(state.readStack()).toEqual(STACK);
  expect(state.readApiKey()).toBe('cnv_12345678_secret');
});

test('encryption keys are made once and never replaced', () => {
  const state = freshFolder();
  const keys = () => parseEncryptionKeys(readFileSync(state.in('encryption-keys'), 'utf8'));
  state.ensureEncryptionKeys();
  const first = keys();

  state.ensureEncryptionKeys();

  expect(keys()).toEqual(first);
});

test('a folder is claimed by one; a holder that died, or whose number went to another, gives way', async () => {
  const state = freshFolder();
  const other = spawn(process.execPath, [
    '-e',
    'setInterval(() => {}, 1000)',
    join('infra', 'stack', 'start.ts'),
  ]);
  onTestFinished(() => void other.kill('SIGKILL'));
  writeFileSync(state.in('supervisor.pid'), `${other.pid}`);

  expect(await state.claim()).toBe(other.pid);

  writeFileSync(state.in('supervisor.pid'), `${process.pid}`); // this is no `start.ts`
  expect(await state.claim()).toBeUndefined();
});

test('a second start says that the stack is running, and where, and ends well', async () => {
  const state = freshFolder();
  const holder = spawn(process.execPath, [
    '-e',
    'setInterval(() => {}, 1000)',
    join('infra', 'stack', 'start.ts'),
  ]);
  onTestFinished(() => void holder.kill('SIGKILL'));
  writeFileSync(state.in('supervisor.pid'), `${holder.pid}`);
  state.writeStack(STACK);
  const entry = fileURLToPath(import.meta.resolve('../../../infra/stack/start.ts'));

  const second = spawn(process.execPath, [entry], {
    env: { ...process.env, CONCLAVE_HOME: state.path },
  });
  let said = '';
  second.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  const code = await new Promise((resolve) => second.once('close', resolve));

  expect(code).toBe(0);
  expect(said).toContain(`running already (process ${holder.pid})`);
  expect(said).toContain(STACK.apiUrl);
});
