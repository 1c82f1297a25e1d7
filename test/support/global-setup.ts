import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';
import type { TestProject } from 'vitest/node';
import { migrateUp } from '../../infra/db/migrate.ts';
import { ensureRoles } from '../../infra/db/roles.ts';
import { findTemporal, temporalSources } from '../../infra/stack/find-temporal.ts';
import { freePort } from '../../infra/stack/ports.ts';
import { POSTGRES_STOP, preparePostgres, waitForPostgres } from '../../infra/stack/postgres.ts';
import { devServerArguments } from '../../infra/temporal/dev-server.ts';
import { ensureNamespace } from '../../infra/temporal/namespace.ts';
import { WORKFLOW_SOURCES } from '../../infra/temporal/workflow-bundle.ts';
import { administer } from './databases.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The server's address for a superuser, ending in `/`: append a database's name. */
    postgresUrl: string;
    /** An empty, migrated database to clone. */
    templateDatabase: string;
    temporalAddress: string;
    /** Path of the bundled workflows, for `workflowBundle: { codePath }`. */
    workflowBundlePath: string;
  }
}

const START_MS = 30_000;

/** One PostgreSQL and one Temporal server for the whole run; what the environment names is used, the rest is started. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const started = new AsyncDisposableStack();
  try {
    const folder = await mkdtemp(join(tmpdir(), 'conclave-test-'));
    await chmod(folder, 0o755); // so that PostgreSQL's own account can enter it
    started.defer(() => rm(folder, { recursive: true, force: true }));
    // All are waited for even when one fails, so that nothing starts after the stack was disposed of.
    const postgres = startPostgres(started, folder);
    const temporal = startTemporal(started, folder);
    const bundle = bundleWorkflows(folder);
    await Promise.allSettled([postgres, temporal, bundle]);
    const postgresUrl = await postgres;
    provide('postgresUrl', postgresUrl);
    provide('templateDatabase', await createTemplate(started, postgresUrl));
    provide('temporalAddress', await temporal);
    provide('workflowBundlePath', await bundle);
    return () => started.disposeAsync();
  } catch (error) {
    await started.disposeAsync();
    throw error;
  }
}

async function createTemplate(started: AsyncDisposableStack, server: string): Promise<string> {
  const name = `template_${randomUUID().slice(0, 8)}`;
  await ensureRoles(server + name);
  started.defer(() => administer(server, `drop database if exists ${name} with (force)`));
  await migrateUp(server + name);
  return name;
}

async function startPostgres(started: AsyncDisposableStack, folder: string): Promise<string> {
  const given = process.env['DATABASE_URL'];
  if (given) return given.replace(/[^/]*$/, '');
  const { program, args, account, url } = await preparePostgres({
    folder: join(folder, 'postgres'),
    port: await freePort(),
    durable: false,
  });
  const server = spawn(program, args, { ...account, stdio: 'ignore', cwd: '/' });
  started.defer(() => stop(server, POSTGRES_STOP));
  await waitForPostgres(url, AbortSignal.timeout(START_MS));
  return url;
}

async function startTemporal(started: AsyncDisposableStack, folder: string): Promise<string> {
  const given = process.env['TEMPORAL_ADDRESS'];
  if (given) return given;
  const program = await findTemporal(temporalSources(process.env, console.log));
  const port = await freePort();
  const databaseFile = join(folder, 'temporal.sqlite');
  const args = devServerArguments({ ip: '127.0.0.1', port, uiPort: null, databaseFile });
  const server = spawn(program, args, { stdio: 'ignore' });
  started.defer(() => stop(server, 'SIGTERM'));
  const connection = { address: `127.0.0.1:${port}` };
  await ensureNamespace({ connection, namespace: 'default' }, AbortSignal.timeout(START_MS));
  return connection.address;
}

async function bundleWorkflows(folder: string): Promise<string> {
  const { code } = await bundleWorkflowCode({
    ...WORKFLOW_SOURCES,
    logger: new DefaultLogger('ERROR'),
  });
  const path = join(folder, 'workflows.js');
  await writeFile(path, code);
  return path;
}

async function stop(server: ReturnType<typeof spawn>, signal: NodeJS.Signals): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  server.kill(signal);
  await once(server, 'exit');
}
