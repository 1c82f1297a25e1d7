import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { migrateUp } from '../../infra/db/migrate.ts';
import { ensureRoles } from '../../infra/db/roles.ts';
import { bundleWorkflows } from './bundle.ts';
import { administer } from './databases.ts';
import { serverFolder, startPostgres, startTemporal } from './servers.ts';

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

/** One PostgreSQL and one Temporal server for the whole run; what the environment names is used, the rest is started. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const started = new AsyncDisposableStack();
  try {
    const folder = await serverFolder(started);
    // All are waited for even when one fails, so that nothing starts after the stack was disposed of.
    const postgres = postgresUrlOf(started, folder);
    const temporal = temporalAddressOf(started, folder);
    const given = process.env['CONCLAVE_WORKFLOW_BUNDLE'];
    const bundle = given ? Promise.resolve(given) : bundleWorkflows(folder);
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

async function postgresUrlOf(started: AsyncDisposableStack, folder: string): Promise<string> {
  const given = process.env['DATABASE_URL'];
  if (given) return given.replace(/[^/]*$/, '');
  const server = await startPostgres({ folder: join(folder, 'postgres') });
  started.defer(() => server.stop());
  return server.url;
}

async function temporalAddressOf(started: AsyncDisposableStack, folder: string): Promise<string> {
  const given = process.env['TEMPORAL_ADDRESS'];
  if (given) return given;
  const server = await startTemporal(folder);
  started.defer(() => server.stop());
  return server.address;
}
