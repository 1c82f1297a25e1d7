import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, inject, onTestFinished, vi } from 'vitest';
import { newEncryptionKey } from '../../infra/config/encryption-keys.ts';
import { freePort } from '../../infra/stack/ports.ts';
import { type TestDatabase, test } from '../support/fixtures.ts';

/** Open requests would be waited for this long. */
const UNHURRIED_MS = 6_000;

// Processes that start wait for a machine that is busy.
vi.setConfig({ testTimeout: 60_000 });

/** Starts the API; resolves with its process and port. */
async function startApi(database: TestDatabase): Promise<{ server: ChildProcess; port: number }> {
  const port = await freePort();
  const server = fork('api/server.ts', {
    env: {
      ...process.env,
      PORT: String(port),
      CONCLAVE_APP_DATABASE_URL: database.appUrl,
      CONCLAVE_SYSTEM_DATABASE_URL: database.systemUrl,
      TEMPORAL_ADDRESS: inject('temporalAddress'),
      CONCLAVE_ENCRYPTION_KEYS: newEncryptionKey(),
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  onTestFinished(() => void server.kill('SIGKILL'));
  return { server, port };
}

test('it says when it is ready, ends an open request when told to stop, and exits with 0', async ({
  database,
}) => {
  const { server, port } = await startApi(database);
  const [message] = await once(server, 'message');
  const health = await fetch(`http://127.0.0.1:${port}/healthz`);
  // A request that has begun when the signal comes, and is finished after it.
  const open = connect(port, '127.0.0.1');
  await once(open, 'connect');
  open.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n');
  await fetch(`http://127.0.0.1:${port}/healthz`);

  server.kill('SIGTERM');
  const exited = once(server, 'exit');
  await expect
    .poll(() =>
      fetch(`http://127.0.0.1:${port}/healthz`).then(
        () => 'taken',
        () => 'refused',
      ),
    )
    .toBe('refused');
  open.end('Connection: close\r\n\r\n');
  const chunks = await open.setEncoding('utf8').toArray();
  const [code] = await exited;

  expect(message).toBe('ready');
  expect(health.status).toBe(200);
  expect(chunks.join('')).toMatch(/^HTTP\/1.1 200 /);
  expect(code).toBe(0);
});

test('it ends in order when it is told to as soon as it is ready', async ({ database }) => {
  const started = await Promise.all(Array.from({ length: 3 }, () => startApi(database)));

  const exits = started.map(async ({ server }) => {
    server.once('message', () => server.kill('SIGTERM'));
    return once(server, 'exit');
  });

  expect(await Promise.all(exits)).toEqual(started.map(() => [0, null]));
});

test('it waits for no connection that nobody has used when it is told to stop', async ({
  database,
}) => {
  const { server, port } = await startApi(database);
  await once(server, 'message');
  const unused = connect(port, '127.0.0.1');
  await once(unused, 'connect');
  // Asked later, answered: by now the server knows the other one, too.
  await fetch(`http://127.0.0.1:${port}/healthz`);

  const began = performance.now();
  server.kill('SIGTERM');
  await once(server, 'exit');

  expect(server.exitCode).toBe(0);
  expect(performance.now() - began).toBeLessThan(UNHURRIED_MS);
});
