import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { Client } from '@temporalio/client';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';
import { expect, inject, vi } from 'vitest';
import { newEncryptionKey } from '../../infra/config/encryption-keys.ts';
import { Message } from '../../infra/db/entities/message.ts';
import { Execution } from '../../infra/db/entities/execution.ts';
import { asOwner } from '../../infra/db/session.ts';
import { startWorkflow } from '../../infra/executions/start-workflow.ts';
import { buildsOf, release } from '../../infra/temporal/release.ts';
import { test as base } from '../support/fixtures.ts';
import { makeSystem, type Role, type System } from '../support/system.ts';
import { makeExecution, makeOwner, rehearsingAgent } from '../support/work.ts';

const DEPLOYMENT = 'conclave';
const WORKERS: readonly Role[] = ['orchestration', 'inference'];
const ROUNDS = 3;

// Four processes start, and a debate takes its time.
vi.setConfig({ testTimeout: 120_000 });

/** The product's workers in two builds side by side; the second one's workflows begin with a timer. */
const test = base.extend(
  'builds',
  { scope: 'file' },
  async ({ database, temporal }, { onCleanup }) => {
    const folder = await mkdtemp(join(tmpdir(), 'conclave-versions-'));
    const env = {
      CONCLAVE_APP_DATABASE_URL: database.appUrl,
      CONCLAVE_SYSTEM_DATABASE_URL: database.systemUrl,
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: temporal.namespace ?? 'default',
      CONCLAVE_HOME: folder,
      CONCLAVE_ENCRYPTION_KEYS: newEncryptionKey(),
      CONCLAVE_DEPLOYMENT: DEPLOYMENT,
    };
    const build = (buildId: string, bundle: string): System =>
      makeSystem({ ...env, CONCLAVE_BUILD_ID: buildId, CONCLAVE_WORKFLOW_BUNDLE: bundle });
    const builds = {
      one: build('one', inject('workflowBundlePath')),
      two: build('two', await bundleWithATimer(folder)),
    };
    onCleanup(async () => {
      for (const system of Object.values(builds)) await system.stop();
      await rm(folder, { recursive: true, force: true });
    });
    await Promise.all(
      Object.values(builds).flatMap((system) => WORKERS.map((role) => system.start(role))),
    );
    return { ...builds, env };
  },
);

test('an execution ends on the build that it began on, also when its worker dies; new ones start on the new build', async ({
  orm,
  temporal: { client },
  builds,
}) => {
  await releaseBuild(client, 'one');
  const old = await startDebate(orm, client, { latencyMs: 1_500 });
  await vi.waitFor(async () => expect(await old.said()).toBeGreaterThan(0), { timeout: 20_000 });

  await releaseBuild(client, 'two');
  // Whoever goes on with the old one now has to replay it; the workers of the new build are there all the time.
  await builds.one.kill('orchestration');
  await builds.one.start('orchestration');
  const young = await startDebate(orm, client, { latencyMs: 0 });
  await Promise.all([old.handle.result(), young.handle.result()]);

  expect(await old.seen()).toEqual({ builds: ['one'], timers: 0, failedTasks: 0 });
  expect(await young.seen()).toEqual({ builds: ['two'], timers: 1, failedTasks: 0 });
  expect(await old.said()).toBe(2 * ROUNDS);
  expect(await young.said()).toBe(2 * ROUNDS);
});

test('the release command waits for a build whose workers are not there, and says what to start', async ({
  temporal: { client },
  builds: { env },
}) => {
  const missing = { deployment: env.CONCLAVE_DEPLOYMENT, buildId: 'three' };

  const refused = release(client, missing, AbortSignal.timeout(800));

  await expect(refused).rejects.toThrow('CONCLAVE_DEPLOYMENT=conclave CONCLAVE_BUILD_ID=three');
});

test('`npm run release` makes a build current and says what became of the others', async ({
  temporal: { client },
  builds: { env },
}) => {
  const command = ['infra/temporal/release.ts', '--deployment', DEPLOYMENT, '--build-id', 'one'];

  const { stdout } = await promisify(execFile)(process.execPath, command, {
    cwd: join(import.meta.dirname, '../..'),
    env: { ...process.env, ...env },
  });

  expect(stdout).toMatch(/^one {2}current$/m);
  expect(stdout).toMatch(/^two {2}(draining|drained)$/m);
  const current = (await buildsOf(client, DEPLOYMENT)).filter(({ status }) => status === 'current');
  expect(current).toEqual([{ buildId: 'one', status: 'current' }]);
});

const releaseBuild = (client: Client, buildId: string): Promise<void> =>
  release(client, { deployment: DEPLOYMENT, buildId }, AbortSignal.timeout(20_000));

/** A debate of two who never agree. */
async function startDebate(orm: MikroORM, client: Client, { latencyMs }: { latencyMs: number }) {
  const ownerId = await makeOwner(orm);
  const agents = ['yes', 'no'].map((choice) =>
    rehearsingAgent(choice, { rehearsal: { seed: 1, latencyMs, script: [{ choice }] } }),
  );
  const executionId = await makeExecution(orm, ownerId, { agents });
  const em = () => asOwner(orm.em, ownerId);
  const row = await em().findOneOrFail(Execution, { id: executionId });
  await startWorkflow(client, row);
  const handle = client.workflow.getHandle(row.workflowId);
  return {
    handle,
    said: () => em().count(Message, { executionId, failureCode: null }),
    /** What the history tells of who did the work. */
    seen: async () => {
      const events = (await handle.fetchHistory()).events ?? [];
      const done = events.flatMap((event) => event.workflowTaskCompletedEventAttributes ?? []);
      return {
        builds: [...new Set(done.map(({ deploymentVersion }) => deploymentVersion?.buildId))],
        timers: events.filter((event) => event.timerStartedEventAttributes).length,
        failedTasks: events.filter((event) => event.workflowTaskFailedEventAttributes).length,
      };
    },
  };
}

async function bundleWithATimer(folder: string): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(import.meta.dirname, '../replay/with-a-sleep.ts'),
    logger: new DefaultLogger('ERROR'),
  });
  const path = join(folder, 'workflows.js');
  await writeFile(path, code);
  return path;
}
