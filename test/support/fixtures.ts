import { randomUUID } from 'node:crypto';
import { MikroORM } from '@mikro-orm/postgresql';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { test as base, inject } from 'vitest';
import { ormConfig } from '../../infra/db/orm.config.ts';
import { deriveRoleUrls } from '../../infra/db/roles.ts';
import { ensureNamespace } from '../../infra/temporal/namespace.ts';
import { administer } from './databases.ts';
import { quietTemporal } from './quiet.ts';

const NAMESPACE_MS = 20_000;

/** One database, as each of its roles reaches it. */
export interface TestDatabase {
  /** A superuser. */
  readonly adminUrl: string;
  readonly ownerUrl: string;
  readonly appUrl: string;
  readonly systemUrl: string;
}

/** `test` with a database and a Temporal namespace that belong to the test file alone, made when first asked for. */
export const test = base
  .extend('database', { scope: 'file' }, async ({}, { onCleanup }): Promise<TestDatabase> => {
    const server = inject('postgresUrl');
    const name = `test_${randomUUID().slice(0, 8)}`;
    const template = inject('templateDatabase');
    await administer(server, `create database ${name} template ${template} owner conclave_owner`);
    onCleanup(() => administer(server, `drop database ${name} with (force)`));
    const adminUrl = server + name;
    const { owner, app, system } = deriveRoleUrls(adminUrl);
    return { adminUrl, ownerUrl: owner, appUrl: app, systemUrl: system };
  })
  .extend('orm', { scope: 'file' }, async ({ database }, { onCleanup }) => {
    const orm = await MikroORM.init(ormConfig(database.appUrl));
    onCleanup(() => orm.close());
    return orm;
  })
  .extend('temporal', { scope: 'file' }, async ({}, { onCleanup }) => {
    quietTemporal();
    const address = inject('temporalAddress');
    const namespace = `test-${randomUUID().slice(0, 8)}`;
    await ensureNamespace(
      { connection: { address }, namespace },
      AbortSignal.timeout(NAMESPACE_MS),
    );
    const env = await TestWorkflowEnvironment.createFromExistingServer({ address, namespace });
    onCleanup(() => env.teardown());
    return env;
  });
